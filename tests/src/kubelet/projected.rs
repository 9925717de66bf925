//! Projected volumes: the files of several sources, such as a ConfigMap and a Secret, in one directory.

use std::collections::BTreeMap;

use super::volume::Payload;

/// The files of a projected volume. If several of its sources have a key, the last one of them decides.
///
/// kubelet merges the sources like this (`collectData` in `pkg/volume/projected/projected.go`) before it writes them with
/// the same atomic writer as a ConfigMap, so an update of any source is one generation.
///
/// ```
/// use dflag_tests::kubelet::projected;
///
/// let base: &[(&str, &[u8])] = &[("limit", b"10"), ("tone", b"plain")];
/// let overlay: &[(&str, &[u8])] = &[("limit", b"20")];
/// let files: [(&str, &[u8]); 2] = [("limit", b"20"), ("tone", b"plain")];
/// assert_eq!(projected(&[base, overlay]), files);
/// ```
#[must_use]
pub fn projected<'a>(sources: &[&Payload<'a>]) -> Vec<(&'a str, &'a [u8])> {
    let files = sources.iter().flat_map(|source| source.iter().copied());
    files.collect::<BTreeMap<_, _>>().into_iter().collect()
}
