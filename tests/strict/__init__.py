"""Against an independent client that talks to cross-signed devices only: matrix-js-sdk with its Rust cryptography."""
