//! What players ask for (student-view-html §4 "video").

use serde_json::{Value, json};
use xblock::{Block, BlockCx, HandlerError, HandlerRequest, HandlerResponse, Scope, json_handler};

use super::{
    language,
    settings::{Settings, clock_seconds},
    transcript,
};
use crate::completion;

/// Speeds a player can have.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.0625..=16.0;

/// Answers a handler call.
pub(super) fn handle(
    block: &Block<'_>,
    name: &str,
    request: &HandlerRequest<'_>,
    cx: &mut BlockCx<'_>,
) -> Result<HandlerResponse, HandlerError> {
    match name {
        "ajax_handler" => match path(request) {
            "save_user_state" => Ok(save_user_state(request, cx)),
            _ => Ok(not_found()),
        },
        // Watching is what completes a video, so unlike other blocks it is asked to say how far it is.
        "publish_completion" => json_handler(request, |body| completion::publish(&body, cx)),
        "transcript" => Ok(transcript(block, request)),
        "student_view_user_state" => Ok(HandlerResponse::json(200, &user_state(block))),
        _ => completion::handle(block, name, request, cx),
    }
}

/// Returns the transcript files a call may read.
pub(super) fn assets(block: &Block<'_>, name: &str, request: &HandlerRequest<'_>) -> Vec<String> {
    let settings = Settings::of(block);
    match transcript_language(name, request) {
        Some(language) => settings.transcripts.get(language).cloned().unwrap_or_default(),
        None => Vec::new(),
    }
}

fn transcript_language<'a>(name: &str, request: &'a HandlerRequest<'_>) -> Option<&'a str> {
    let path = path(request);
    let in_path = || path.strip_prefix("translation/").or_else(|| path.strip_prefix("vtt/"));
    match name {
        "transcript" if path == "download" => query(request, "lang"),
        "transcript" => in_path(),
        _ => None,
    }
}

/// Clients call with and without a slash at the end.
fn path<'a>(request: &HandlerRequest<'a>) -> &'a str {
    request.suffix.trim_end_matches('/')
}

fn query<'a>(request: &'a HandlerRequest<'_>, name: &str) -> Option<&'a str> {
    request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn not_found() -> HandlerResponse {
    HandlerResponse::text(404, "text/plain; charset=utf-8", "")
}

fn transcript(block: &Block<'_>, request: &HandlerRequest<'_>) -> HandlerResponse {
    let settings = Settings::of(block);
    let path = path(request);
    match path {
        "available_translations" if settings.transcripts.is_empty() => return not_found(),
        "available_translations" => {
            let languages: Vec<_> = settings.transcripts.keys().collect();
            return HandlerResponse::json(200, &json!(languages));
        }
        "translation" => return HandlerResponse::text(400, "text/plain; charset=utf-8", ""),
        _ => {}
    }
    let language = transcript_language("transcript", request);
    let language = if path == "download" {
        language.or_else(|| settings.language(&block.text("transcript_language")))
    } else {
        language
    };
    let files = language.and_then(|language| Some((language, settings.transcripts.get(language)?)));
    let Some((language, files)) = files else { return not_found() };
    let asset = files.iter().find_map(|file| request.assets.iter().find(|(name, _)| name == file));
    let Some((file, bytes)) = asset else { return not_found() };
    let cues = transcript::parse(bytes);
    if path.starts_with("vtt/") {
        return HandlerResponse::text(200, "text/vtt; charset=utf-8", transcript::vtt(&cues));
    }
    if path.starts_with("translation/") {
        return HandlerResponse::json(200, &transcript::sjson(&cues));
    }
    let preferred = block.text("transcript_download_format");
    let as_text = query(request, "format").unwrap_or(&preferred) == "txt";
    let (body, extension, media_type) = if as_text {
        (transcript::txt(&cues), "txt", "text/plain; charset=utf-8")
    } else {
        (transcript::srt(&cues), "srt", "application/x-subrip; charset=utf-8")
    };
    let mut response = HandlerResponse::text(200, media_type, body);
    let name = format!("attachment; filename=\"{}_{language}.{extension}\"", stem(file));
    response.headers.push(("Content-Disposition", name));
    response.headers.push(("Content-Language", language.to_owned()));
    response
}

/// Returns a file's name without folder and extensions, and without what may not be in a quoted header.
fn stem(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    stem.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn user_state(block: &Block<'_>) -> Value {
    let fields = block.decl.fields.iter().filter(|field| field.scope == Scope::UserState);
    fields.map(|field| (field.name.to_owned(), block.value(field.name).into_owned())).collect()
}

/// Stores what the player reports; nothing at all when one of the values cannot be.
fn save_user_state(request: &HandlerRequest<'_>, cx: &mut BlockCx<'_>) -> HandlerResponse {
    let mut changes = Vec::new();
    for (name, text) in request.form {
        match change(name, text, cx) {
            Ok(Some(fields)) => changes.extend(fields),
            Ok(None) => {}
            Err(error) => return HandlerResponse::json(200, &json!({"success": false, "error": error})),
        }
    }
    for (scope, field, value) in changes {
        cx.effects.set(scope, field, value);
    }
    HandlerResponse::json(200, &json!({"success": true}))
}

type Change = (Scope, &'static str, Value);

/// Returns the fields a form entry sets; none for entries this block does not know.
fn change(name: &str, text: &str, cx: &BlockCx<'_>) -> Result<Option<Vec<Change>>, &'static str> {
    let flag = || Value::Bool(text.eq_ignore_ascii_case("true"));
    Ok(Some(match name {
        "speed" => {
            let speed = text.trim().parse().ok().filter(|speed| SPEEDS.contains(speed));
            let speed: f64 = speed.ok_or("Invalid speed value.")?;
            vec![
                (Scope::UserState, "speed", speed.into()),
                (Scope::Preferences, "global_speed", speed.into()),
            ]
        }
        "saved_video_position" => {
            let seconds = clock_seconds(text).ok_or("Invalid video position.")?;
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            let position = format!("{hours:02}:{minutes:02}:{seconds:02}");
            vec![(Scope::UserState, "saved_video_position", position.into())]
        }
        "transcript_language" if language::is_code(text) => {
            vec![(Scope::Preferences, "transcript_language", text.into())]
        }
        "transcript_language" => return Err("Invalid language."),
        "transcript_download_format" if matches!(text, "srt" | "txt") => {
            vec![(Scope::Preferences, "transcript_download_format", text.into())]
        }
        "transcript_download_format" => return Err("Invalid transcript format."),
        "auto_advance" => vec![(Scope::Preferences, "auto_advance", flag())],
        "bumper_do_not_show_again" => vec![(Scope::Preferences, "bumper_do_not_show_again", flag())],
        "youtube_is_available" => vec![(Scope::UserInfo, "youtube_is_available", flag())],
        "bumper_last_view_date" => {
            let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
            let now = cx.now.to_offset(time::UtcOffset::UTC).format(format);
            let now = now.map_err(|_| "The date cannot be written.")?;
            vec![(Scope::Preferences, "bumper_last_view_date", now.into())]
        }
        _ => return Ok(None),
    }))
}
