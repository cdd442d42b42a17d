"""Data made by tools/build_protobuf_fields.py; do not edit."""
