"""What a teacher learns from a quiz. Pure: values in, blocks and files out."""
