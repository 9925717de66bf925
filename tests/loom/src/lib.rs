//! The locks and atomics of `dflag` and `dflag-configmap`, under loom. Everything is in `tests`.
