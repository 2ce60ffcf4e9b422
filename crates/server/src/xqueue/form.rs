//! Forms as a queue reads them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use xblock::UploadedFile;

/// Returns fields as a URL-encoded form.
pub(super) fn encoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = fields.iter().map(|(name, value)| [encode(name), encode(value)].join("="));
    pairs.collect::<Vec<_>>().join("&")
}

/// Returns fields and files as a multipart form; files are called by their names.
pub(super) fn multipart(fields: &[(&str, &str)], files: &[UploadedFile], boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        part(&mut body, boundary, &format!("name=\"{name}\""), value.as_bytes());
    }
    for file in files {
        // Quotes end the name; line breaks are not in it (`http::body`).
        let name = file.name.replace('"', "%22");
        let named = format!("name=\"{name}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream");
        part(&mut body, boundary, &named, &file.bytes);
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

fn part(body: &mut Vec<u8>, boundary: &str, named: &str, content: &[u8]) {
    body.extend_from_slice(
        format!("--{boundary}\r\nContent-Disposition: form-data; {named}\r\n\r\n").as_bytes(),
    );
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_written_as_queues_read_them() {
        assert_eq!(
            encoded(&[("username", "a&b"), ("password", "é =")]),
            "username=a%26b&password=%C3%A9%20%3D"
        );
        let file = UploadedFile { field: "input_x".into(), name: "a\"b.py".into(), bytes: (*b"x\n").into() };
        let body = multipart(&[("xqueue_body", "{}")], &[file], "B");
        assert_eq!(
            String::from_utf8_lossy(&body),
            "--B\r\nContent-Disposition: form-data; name=\"xqueue_body\"\r\n\r\n{}\r\n\
             --B\r\nContent-Disposition: form-data; name=\"a%22b.py\"; filename=\"a%22b.py\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nx\n\r\n--B--\r\n"
        );
    }
}
