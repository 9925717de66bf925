//! A mounted ConfigMap.

use std::path::Path;
use std::time::Duration;

use dflag_tests::kubelet::Volume;
use dflag_tests::wait;
use tempfile::TempDir;

/// A mounted ConfigMap whose values are texts.
pub(crate) struct ConfigMap {
    volume: Volume,
    _root: TempDir,
}

impl ConfigMap {
    pub(crate) fn mounted(data: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let volume = Volume::create(root.path().join("flags")).unwrap();
        let mut map = Self {
            volume,
            _root: root,
        };
        map.apply(data);
        map
    }

    pub(crate) fn path(&self) -> &Path {
        self.volume.root()
    }

    /// Replaces the data, as kubelet does after `kubectl apply`.
    pub(crate) fn apply(&mut self, data: &[(&str, &str)]) {
        let data: Vec<_> = data
            .iter()
            .map(|(key, text)| (*key, text.as_bytes()))
            .collect();
        self.volume.write(&data).unwrap();
    }
}

/// Waits until the program has applied an update.
pub(crate) fn eventually(condition: impl FnMut() -> bool) {
    wait::until(Duration::from_secs(20), "the update", condition);
}
