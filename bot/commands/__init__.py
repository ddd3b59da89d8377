"""The commands: `spec` says what a command is, every other module here is one command and is found by walking the
package.
"""
