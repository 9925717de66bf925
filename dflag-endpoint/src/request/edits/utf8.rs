//! Whether a form is text.

/// Whether the fields are UTF-8 text once they are decoded.
pub(super) fn is_utf8(form: &[u8]) -> bool {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut decoded = Vec::with_capacity(form.len());
    let mut rest = form;
    while let Some((first, after)) = rest.split_first() {
        let escape = (*first == b'%').then(|| (digit(after.first()), digit(after.get(1))));
        if let Some((Some(high), Some(low))) = escape {
            decoded.extend(u8::try_from(16 * high + low));
            rest = after.get(2..).unwrap_or_default();
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    str::from_utf8(&decoded).is_ok()
}
