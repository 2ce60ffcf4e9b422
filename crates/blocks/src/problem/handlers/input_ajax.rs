//! `input_ajax`: what an input asks while it is being filled in.

use capa::preview::{self, PreviewKind};
use serde_json::Value;

use super::{Answer, Call, Refusal, entries, external};

/// Answers with a preview of what is being typed, or has a program run (capa §12, `input_ajax`).
///
/// `preview` is TeX or HTML as in the reference; `mathml` is a formula as our client shows it. A formula that cannot
/// be read, or not yet, is an answer too: `error` says so and the previews are empty.
pub(super) fn input_ajax(call: &mut Call<'_, '_, '_>) -> Answer {
    let input_id = call.field("input_id").ok_or(Refusal::BadRequest)?;
    let kind = call.session.instance.preview_kind(input_id);
    match (call.field("dispatch"), kind) {
        (Some("preview_formcalc"), Some(PreviewKind::Formula)) => formula(call),
        (Some("preview_chemcalc"), Some(PreviewKind::Chemistry)) => chemistry(call),
        (Some("plot"), _) => {
            let input_id = input_id.to_owned();
            external::plot(call, &input_id)
        }
        _ => Err(Refusal::BadRequest),
    }
}

fn formula(call: &mut Call<'_, '_, '_>) -> Answer {
    // The client sends a number that tells late answers from the last one; it comes back as it was sent.
    let request_start = call.field("request_start").map_or(Value::Null, |text| match text.parse::<i64>() {
        Ok(number) => number.into(),
        Err(_) => text.into(),
    });
    let Some(formula) = call.field("formula") else {
        return Ok(entries([
            ("preview", "".into()),
            ("mathml", "".into()),
            ("request_start", request_start),
            ("error", "No formula specified.".into()),
        ]));
    };
    let mut answer = match preview::latex(formula) {
        Ok(tex) => {
            // To MathJax a percent sign in text is one; elsewhere it starts a comment.
            let mathml = (call.cx.math)(&tex.replace("\\text{%}", "\\%")).unwrap_or_default();
            entries([("preview", tex.into()), ("mathml", mathml.into()), ("error", "".into())])
        }
        Err(error) => entries([
            ("preview", "".into()),
            ("mathml", "".into()),
            ("error", error.to_string().into()),
            ("formula", formula.into()),
        ]),
    };
    answer.insert("request_start".to_owned(), request_start);
    Ok(answer)
}

fn chemistry(call: &mut Call<'_, '_, '_>) -> Answer {
    let Some(formula) = call.field("formula") else {
        return Ok(entries([("preview", "".into()), ("error", "No formula specified.".into())]));
    };
    Ok(match preview::chemistry(formula) {
        Ok(html) => entries([("preview", html.into()), ("error", "".into())]),
        Err(error) => entries([("preview", "".into()), ("error", error.to_string().into())]),
    })
}
