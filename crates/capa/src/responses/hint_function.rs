//! `hintgroup@hintfn`: a function of the author's script that writes the hints (capa §6.16).

use serde_json::{Map, Value as Json, json};

use super::{Code, Submission};
use crate::correct_map::{CorrectMap, Entry};
use crate::script::Globals;
use crate::tidy::well_formed;

/// What hint functions are handed: maps with these methods.
const MAPS: &str = r#"
class _CapaMap(object):
    def __init__(self, entries):
        self.cmap = entries
    def get_property(self, answer_id, name, default=None):
        return self.cmap.get(answer_id, {}).get(name, default)
    def set_property(self, answer_id, name, value):
        self.cmap.setdefault(answer_id, {})[name] = value
    def get_correctness(self, answer_id):
        return self.get_property(answer_id, "correctness")
    def is_correct(self, answer_id):
        return self.get_correctness(answer_id) in ("correct", "partially-correct")
    def is_partially_correct(self, answer_id):
        return self.get_correctness(answer_id) == "partially-correct"
    def get_npoints(self, answer_id):
        return self.get_property(answer_id, "npoints")
    def get_msg(self, answer_id):
        return self.get_property(answer_id, "msg", "")
    def get_hint(self, answer_id):
        return self.get_property(answer_id, "hint", "")
    def get_hintmode(self, answer_id):
        return self.get_property(answer_id, "hintmode")
    def set_hint_and_mode(self, answer_id, hint, hintmode):
        self.set_property(answer_id, "hint", hint)
        self.set_property(answer_id, "hintmode", hintmode)
    def keys(self):
        return self.cmap.keys()
    def items(self):
        return self.cmap.items()
    def __iter__(self):
        return iter(self.cmap)
    def __contains__(self, answer_id):
        return answer_id in self.cmap
    def __getitem__(self, answer_id):
        return self.cmap[answer_id]
"#;

const NEW: &str = "_capa_new";
const OLD: &str = "_capa_old";
const IDS: &str = "_capa_ids";
const ANSWERS: &str = "_capa_answers";

/// Returns the code that asks a hint function about answers that were graded like this.
pub(crate) fn code(function: &str, submission: &Submission<'_>, entries: &[Entry]) -> Code {
    let graded: Map<String, Json> =
        submission.ids.iter().zip(entries).map(|(id, entry)| (id.clone(), json!(entry))).collect();
    let mut globals = submission.vars.initial();
    globals.insert(IDS.to_owned(), json!(submission.ids));
    globals.insert(ANSWERS.to_owned(), json!(submission.attempt.answers));
    globals.insert(NEW.to_owned(), Json::Object(graded));
    globals.insert(OLD.to_owned(), json!(submission.attempt.previous));
    let call = format!(
        "\n{MAPS}\n_capa_map = _CapaMap({NEW})\n{function}({IDS}, {ANSWERS}, _capa_map, _CapaMap({OLD}))\n\
         {NEW} = _capa_map.cmap\n"
    );
    Code { text: [submission.script, &call].concat(), globals }
}

/// Takes the entries as the function left them; what it left unreadable stays as it was.
pub(crate) fn apply(globals: &Globals, submission: &Submission<'_>, entries: &mut [Entry]) {
    let Some(Json::Object(left)) = globals.get(NEW) else { return };
    let left: CorrectMap = serde_json::from_value(Json::Object(left.clone())).unwrap_or_default();
    for (id, entry) in submission.ids.iter().zip(entries) {
        if let Some(left) = left.get(id) {
            *entry = Entry { hint: well_formed(&left.hint), msg: well_formed(&left.msg), ..left.clone() };
        }
    }
}
