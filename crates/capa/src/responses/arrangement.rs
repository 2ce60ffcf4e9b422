//! The order of choices: shuffling and drawing from a pool (capa §6.3).

use olx::Element;

use crate::CapaError;
use crate::python::SharedRandom;

/// How the order came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Permutation {
    /// All choices in random order.
    Shuffle,
    /// One right choice and some wrong ones.
    AnswerPool,
}

/// The choices one learner sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrangement {
    pub(crate) permutation: Permutation,
    /// Indices of the choices shown, in order.
    pub(crate) order: Vec<usize>,
    /// For a pool: the `explanation-id` of the right choice that was drawn.
    pub(crate) explanation_id: Option<String>,
}

/// What the author asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    AsWritten,
    Shuffle,
    /// Draw this many choices, one of them right.
    Pool(usize),
}

impl Rule {
    /// Reads the attributes of a choice group.
    ///
    /// # Errors
    /// Both attributes, a pool size that is not an integer, or a pool without a right and a wrong choice.
    pub(crate) fn read(group: &Element, correct: &[bool]) -> Result<Self, CapaError> {
        let shuffle = group.attr("shuffle") == Some("true");
        let Some(pool) = group.attr("answer-pool") else {
            return Ok(if shuffle { Self::Shuffle } else { Self::AsWritten });
        };
        if shuffle {
            return Err(CapaError::problem("Do not use shuffle and answer-pool at the same time"));
        }
        if pool == "0" {
            return Ok(Self::AsWritten);
        }
        let size: i64 = crate::python::strip(pool)
            .parse()
            .map_err(|_| CapaError::problem("answer-pool value should be an integer"))?;
        if !(correct.contains(&true) && correct.contains(&false)) {
            return Err(CapaError::problem(
                "Choicegroup must include at least 1 correct and 1 incorrect choice",
            ));
        }
        Ok(Self::Pool(usize::try_from(size).unwrap_or(0)))
    }
}

/// A choice as the rules see it.
pub(crate) struct Item<'a> {
    pub(crate) fixed: bool,
    pub(crate) correct: bool,
    pub(crate) explanation_id: Option<&'a str>,
}

/// Applies the rule to the choices.
pub(crate) fn arrange(rule: Rule, items: &[Item<'_>], random: &mut SharedRandom) -> Option<Arrangement> {
    match rule {
        Rule::AsWritten => None,
        Rule::Shuffle => Some(Arrangement {
            permutation: Permutation::Shuffle,
            order: shuffled(items, random),
            explanation_id: None,
        }),
        Rule::Pool(size) => pool(items, size, random),
    }
}

/// Leading fixed choices stay first, later ones go last, the rest is shuffled.
fn shuffled(items: &[Item<'_>], random: &mut SharedRandom) -> Vec<usize> {
    let head = items.iter().take_while(|item| item.fixed).count();
    let mut order: Vec<usize> = (0..head).collect();
    let (tail, mut middle): (Vec<usize>, Vec<usize>) = (head..items.len()).partition(|&at| items[at].fixed);
    random.get().shuffle(&mut middle);
    order.extend(middle);
    order.extend(tail);
    order
}

fn pool(items: &[Item<'_>], size: usize, random: &mut SharedRandom) -> Option<Arrangement> {
    let (right, mut wrong): (Vec<usize>, Vec<usize>) = (0..items.len()).partition(|&at| items[at].correct);
    let random = random.get();
    let drawn = *right.get(random.index(right.len()))?;
    random.shuffle(&mut wrong);
    // A size of zero or less takes all but the last wrong ones, as a Python slice with that end does; the contract
    // only defines positive sizes, so they count as one choice here.
    let mut order: Vec<usize> =
        std::iter::once(drawn).chain(wrong.into_iter().take(size.saturating_sub(1))).collect();
    random.shuffle(&mut order);
    Some(Arrangement {
        permutation: Permutation::AnswerPool,
        order,
        explanation_id: items[drawn].explanation_id.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn items(flags: &[(bool, bool)]) -> Vec<Item<'static>> {
        flags.iter().map(|&(fixed, correct)| Item { fixed, correct, explanation_id: None }).collect()
    }

    #[test]
    fn fixed_choices_keep_to_the_ends() {
        let items = items(&[
            (true, false),
            (false, true),
            (false, false),
            (true, false),
            (false, false),
            (true, false),
        ]);
        for seed in 0..50 {
            let order = shuffled(&items, &mut SharedRandom::new(seed));
            assert_eq!((order[0], &order[4..]), (0, &[3, 5][..]), "seed {seed}");
        }
    }

    proptest! {
        #[test]
        fn shuffling_is_a_permutation(flags: Vec<(bool, bool)>, seed: i64) {
            let mut order = shuffled(&items(&flags), &mut SharedRandom::new(seed));
            order.sort_unstable();
            prop_assert_eq!(order, (0..flags.len()).collect::<Vec<_>>());
        }

        #[test]
        fn a_pool_has_one_right_choice_and_its_size(
            right in 1usize..5, wrong in 1usize..8, size in 1usize..12, seed: i64
        ) {
            let mut flags = vec![(false, true); right];
            flags.extend(vec![(false, false); wrong]);
            let items = items(&flags);
            let drawn = pool(&items, size, &mut SharedRandom::new(seed)).expect("has a right choice");
            prop_assert_eq!(drawn.order.len(), size.min(wrong + 1));
            prop_assert_eq!(drawn.order.iter().filter(|&&at| items[at].correct).count(), 1);
        }
    }
}
