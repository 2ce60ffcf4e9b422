//! Nonsense in every place a request has: keys, queries, bodies and headers. Whatever comes, the answer is no
//! failure of the server, and one that programs can read.

use actix_web::http::Method;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value, json};

use crate::{
    app::Who,
    surface::{Endpoint, endpoints, surface, well_formed},
};

/// Requests with nonsense for each endpoint.
const ROUNDS: usize = 60;

/// Split-mix: the same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((number ^ (number >> 31)) % limit as u64) as usize
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most);
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// Returns a key with something wrong or odd in it.
    fn key(&mut self, from: &str) -> Vec<u8> {
        let mut key = from.as_bytes().to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(key.len() + 1);
            match self.below(8) {
                0 => key.truncate(at),
                1 => key.insert(at, self.below(256) as u8),
                2 => key.splice(at..at, self.of(PARTS).bytes()).for_each(drop),
                3 if at < key.len() => key[at] = self.below(256) as u8,
                4 => key = self.of(KEYS).as_bytes().to_vec(),
                5 => key.extend(from.bytes().cycle().take(self.below(3000))),
                6 => key = self.bytes(40),
                _ => key.extend(self.of(PARTS).bytes()),
            }
        }
        key
    }

    /// Returns JSON of any kind.
    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 8 } else { 10 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.of(&[&-1_i64, &0, &1, &2, &i64::MAX, &i64::MIN, &(1 << 32), &500])),
            3 => json!(1e308),
            4 => json!(self.of(KEYS)),
            5 => json!(self.of(PARTS)),
            6 => json!(String::from_utf8_lossy(&self.bytes(30))),
            7 => json!(self.of(KEYS).repeat(self.below(40))),
            8 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let member = |chance: &mut Self| (chance.of(MEMBERS).to_owned(), chance.value(depth - 1));
                Value::Object((0..self.below(5)).map(|_| member(self)).collect())
            }
        }
    }

    /// Returns a body like the one that is granted, with something else in some places.
    fn body(&mut self, like: &Value) -> Value {
        let mut body = like.clone();
        for _ in 0..=self.below(3) {
            let Some(members) = body.as_object_mut() else { break };
            let named: Vec<String> = members.keys().cloned().collect();
            let name = if named.is_empty() || self.below(4) == 0 {
                self.of(MEMBERS).to_owned()
            } else {
                named[self.below(named.len())].clone()
            };
            let value = match members.get(&name) {
                Some(inner @ Value::Object(_)) if self.below(3) > 0 => {
                    let inner = inner.clone();
                    self.body(&inner)
                }
                _ => self.value(4),
            };
            members.insert(name, value);
        }
        body
    }
}

const PARTS: &[&str] = &[
    ":",
    "@",
    "+",
    "!",
    "~",
    "=",
    "/",
    "//",
    "..",
    "%",
    "%25",
    "%2F",
    "\0",
    "\n",
    "é",
    "\u{202e}",
    "😀",
    "type@",
    "block@",
    "+type@html",
    "!2",
    "~child",
    "@1",
    "@draft",
    "@published",
    ":v5",
    "v0",
    "lb-ref:",
    "'",
    "\"",
    "<script>",
    "{}",
    "$1",
    ";--",
    " ",
];

const KEYS: &[&str] = &[
    "",
    "0",
    "-1",
    "7",
    "null",
    "course-v1:Org1+C1+2026",
    "lib:Org1:lib1",
    "lib:Org1:closed",
    "lib:host.example:Org1:lib1",
    "lib:Org1:lib1:v1",
    "lb:Org1:lib1:problem:p1",
    "lb:Org1:lib1:unit:u1",
    "lct:Org1:lib1:unit:u1",
    "lib-collection:Org1:lib1:c",
    "library-v1:Org1+lib1",
    "lib-block-v1:Org1+lib1+type@problem+block@p1",
    "lx-pathway:5d2a1b7e-0000-4000-8000-000000000000",
    "lx-pb:5d2a1b7e-0000-4000-8000-000000000000:problem:a",
    "block-v1:Org1+C1+2026+type@vertical+block@fixed",
    "block-v1:Org1+C1+2026+type@lib_ref+block@chosen",
    "block-v1:Org1+C1+2026+type@lib_ref+block@lost",
    "block-v1:Org1+C1+2026+type@course+block@2026",
    "block-v1:Org1+C1+2026+branch@draft+type@html+block@words",
    "lb-ref:lib1:problem:p1:Org1+C1+2026+type@lib_ref+block@chosen",
    "lb-ref:lib1:problem:p1!2:Org1+C1+2026+type@lib_ref+block@chosen",
    "lb-ref:lib1:problem:p1~x:lb=Org1:lib1:unit:u1",
    "i4x://Org1/C1/html/words",
    "Org1/C1/2026",
];

const MEMBERS: &[&str] = &[
    "fields",
    "count",
    "to",
    "keep",
    "discard",
    "confirm_removed",
    "keys",
    "block_type",
    "id",
    "index",
    "copy",
    "parent",
    "name",
    "key",
    "title",
    "display_name",
    "reason",
    "draft_data",
    "items",
    "data",
    "overrides",
    "original_usage_id",
    "version",
    "library_key",
    "library_version",
    "blocks",
    "manual",
    "block_types",
    "capa_type",
    "tags",
    "collections",
    "shuffle",
    "group",
    "allow_reset",
    "field_overrides",
    "block_field_overrides",
    "declined_version",
    "max_attempts",
    "url_name",
    "xml_attributes",
    "lb:Org1:lib1:problem:p1",
];

fn encoded(bytes: &[u8]) -> String {
    percent_encode(bytes, NON_ALPHANUMERIC).to_string()
}

#[actix_web::test]
async fn nonsense_is_answered_and_never_a_failure() {
    let (app, pathway) = surface().await;
    let mut chance = Chance(2026);
    let all = endpoints(&pathway);
    // Those that take away come last, so that there is something to get wrong before.
    let order =
        |endpoint: &&Endpoint| (endpoint.method == Method::DELETE, endpoint.template.contains("unlink"));
    let mut all: Vec<&Endpoint> = all.iter().collect();
    all.sort_by_key(order);
    let mut granted = 0;
    for endpoint in all {
        for round in 0..ROUNDS {
            let mut keys = endpoint.keys.clone();
            if !keys.is_empty() && chance.below(2) == 0 {
                let place = chance.below(keys.len());
                keys[place] = encoded(&chance.key(&endpoint.keys[place]));
            }
            let mut path = endpoint.path_of(&keys);
            if chance.below(3) == 0 {
                let names = [
                    "context", "to", "after", "limit", "learner", "view", "version", "block", "field",
                    "updates", "name", "kind", "q",
                ];
                let value = if chance.below(2) == 0 { chance.bytes(20) } else { chance.key(KEYS[5]) };
                path += if path.contains('?') { "&" } else { "?" };
                path += &format!("{}={}", chance.of(&names), encoded(&value));
            }
            let method = if chance.below(12) == 0 { Method::PUT } else { endpoint.method.clone() };
            let what = format!("{} round {round}: {path}", endpoint.name());
            let ask = match chance.below(10) {
                0 => app.learn(method, &path),
                _ => app.studio(method, &path),
            };
            let ask = match chance.below(10) {
                0 => ask,
                1 => ask.by(Who::Learner(7)),
                _ => ask.by(Who::Staff),
            };
            let ask = match (&endpoint.body, chance.below(8)) {
                (_, 0) => ask.body("application/json", chance.bytes(200)),
                (_, 1) => ask.json(&chance.value(5)),
                (Some(body), _) => ask.json(&chance.body(body)),
                (None, _) => ask,
            };
            let ask = match chance.below(10) {
                0 => ask.header("If-Match", chance.of(&["*", "\"\"", ",", "W/", "\u{fc}"])),
                _ => ask,
            };
            let answer = ask.send().await;
            granted += usize::from(answer.status < 300);
            well_formed(&answer, &what);
        }
    }
    assert!(granted > 100, "some of it makes sense: {granted}");
    // What came of it is still served.
    for site in [true, false] {
        for path in ["/contexts/course-v1:Org1+C1+2026", "/contexts/lib:Org1:lib1", "/"] {
            let answer = match site {
                true => app.get(path, Who::Staff).await,
                false => app.get_studio(path, Who::Staff).await,
            };
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
    }
}
