//! Where plain forms post to.

use opaque_keys::UsageKey;
use xblock::BlockCx;

/// Returns the URL of a handler for a plain form: the handler's own, and `return`, the page the browser is
/// sent back to after the call, when the block is on a page.
pub(crate) fn of(cx: &BlockCx<'_>, usage: &UsageKey, handler: &str, suffix: &str) -> String {
    let mut url = cx.urls.handler_url(usage, handler, suffix);
    if let Some(page) = cx.urls.return_url() {
        url.push_str(if url.contains('?') { "&return=" } else { "?return=" });
        push_query_value(&mut url, page);
    }
    url
}

/// Appends text percent-encoded for a query value.
fn push_query_value(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_values_keep_nothing_that_means_something_in_a_query() {
        let mut out = String::new();
        push_query_value(&mut out, "/units/lb:a:b/?x=1&y=ä+#z");
        assert_eq!(out, "/units/lb:a:b/%3Fx%3D1%26y%3D%C3%A4%2B%23z");
    }
}
