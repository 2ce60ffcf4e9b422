//! The player: the browser's own, with captions, downloads and a transcript; YouTube only after a click.

use serde::Serialize;
use serde_json::Value as Json;
use xblock::{Block, BlockCx, Fragment, ViewError};

use super::{language, metadata, settings::Settings};
use crate::markup::{attribute, render};

#[derive(Serialize)]
struct Context<'a> {
    display_name: &'a str,
    html_id: &'a str,
    usage: &'a str,
    context_key: &'a str,
    metadata: Json,
    auto_advance: &'static str,
    sources: Vec<Source>,
    poster: Option<minijinja::Value>,
    youtube: Option<YouTube>,
    start: f64,
    end: f64,
    position: f64,
    tracks: Vec<Track<'a>>,
    show_captions: bool,
    video_download: Option<minijinja::Value>,
    transcript_downloads: Vec<Track<'a>>,
    external_track: Option<minijinja::Value>,
    handout: Option<minijinja::Value>,
}

#[derive(Serialize)]
struct Source {
    url: minijinja::Value,
    mimetype: Option<&'static str>,
}

#[derive(Serialize)]
struct YouTube {
    watch_url: minijinja::Value,
    embed_url: minijinja::Value,
}

#[derive(Serialize)]
struct Track<'a> {
    language: &'a str,
    label: &'a str,
    url: minijinja::Value,
    chosen: bool,
}

/// Renders the player. Files come first: a block with files shows them, one without shows its YouTube video.
pub(super) fn view(block: &Block<'_>, cx: &BlockCx<'_>) -> Result<Fragment, ViewError> {
    let settings = Settings::of(block);
    let chosen = settings.language(&block.text("transcript_language"));
    let tracks = |url: &dyn Fn(&str) -> String| -> Vec<Track<'_>> {
        let track = |code| Track {
            language: code,
            label: language::name(code),
            url: attribute(&url(code)),
            chosen: chosen == Some(code),
        };
        settings.transcripts.keys().map(|code| track(code.as_ref())).collect()
    };
    let handler = |suffix: &str| cx.urls.handler_url(block.usage, "transcript", suffix);
    let optional = |field: &str| Some(block.text(field)).filter(|url| is_url(url)).map(|url| attribute(&url));
    let downloads = block.flag("download_track");
    let sources = settings.sources.iter().map(|url| source(url, settings.start, settings.end)).collect();
    let youtube = settings.youtube_id().filter(|_| settings.sources.is_empty());
    let context_key = block.usage.context_key();
    let context = Context {
        display_name: &block.display_name(),
        html_id: &block.usage.html_id(),
        usage: block.usage.as_str(),
        context_key: context_key.as_ref(),
        metadata: metadata::of(block, &settings, cx),
        auto_advance: if block.flag("auto_advance") { "True" } else { "False" },
        sources,
        poster: optional("thumbnail"),
        youtube: youtube.map(|id| youtube_links(id, settings.start, settings.end)),
        start: settings.start,
        end: settings.end,
        position: super::settings::seconds(&block.value("saved_video_position")),
        tracks: tracks(&|code| handler(&["vtt/", code].concat())),
        show_captions: block.flag("show_captions"),
        video_download: settings
            .sources
            .iter()
            .find(|url| block.flag("download_video") && !url.ends_with(".m3u8"))
            .map(|url| attribute(url)),
        transcript_downloads: if downloads {
            tracks(&|code| [&handler("download"), "?lang=", code].concat())
        } else {
            Vec::new()
        },
        external_track: optional("track").filter(|_| downloads),
        handout: optional("handout"),
    };
    let mut fragment = render(cx, "blocks/video/view.html", context).map(Fragment::html)?;
    fragment.add_js_url(cx.urls.client_url("video.js"));
    fragment.initialize_js("Video", None);
    Ok(fragment)
}

/// Returns whether text can be a link: a path or http, never a scheme that runs something.
fn is_url(text: &str) -> bool {
    text.starts_with('/') || text.starts_with("https://") || text.starts_with("http://")
}

/// A fragment tells the browser which part to play. A static link has none: with one it would name another
/// file (student-view-html §3); the client module does it then.
fn source(url: &str, start: f64, end: f64) -> Source {
    let mimetype = mimetype(url);
    let plays_part = start > 0.0 || end > 0.0;
    if !plays_part || url.starts_with('/') || url.contains('#') {
        return Source { url: attribute(url), mimetype };
    }
    let end = if end > 0.0 { format!(",{end}") } else { String::new() };
    Source { url: attribute(&format!("{url}#t={start}{end}")), mimetype }
}

fn mimetype(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "ogv" | "ogg" => "video/ogg",
        "m3u8" => "application/vnd.apple.mpegurl",
        _ => return None,
    })
}

fn youtube_links(id: &str, start: f64, end: f64) -> YouTube {
    let part = |name: &str, time: f64| {
        if time > 0.0 { format!("&{name}={}", time.trunc()) } else { String::new() }
    };
    let (start_part, end_part) = (part("start", start), part("end", end));
    let watch_url = format!("https://www.youtube.com/watch?v={id}{}", part("t", start));
    let embed_url =
        format!("https://www.youtube-nocookie.com/embed/{id}?autoplay=1&rel=0{start_part}{end_part}");
    YouTube { watch_url: attribute(&watch_url), embed_url: attribute(&embed_url) }
}
