"""Resources that are not stored: reviews, which answer a question, and what else only passes through."""
