"""Libraries of functions: one subject, one file. Each is a table `FUNCTIONS` of rows for `signatures.table`.

Reference: https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
"""
