//! The `random2` generator: Mersenne Twister with Python 2's derived algorithms (contract capa §6.3).

const N: usize = 624;
const M: usize = 397;

/// A generator seeded as `random2.Random(seed)`.
#[derive(Debug, Clone)]
pub(crate) struct Random2 {
    state: Box<[u32; N]>,
    next: usize,
}

impl Random2 {
    /// Seeds the generator with the 32-bit digits of `|seed|`, as CPython does for integers.
    pub(crate) fn new(seed: i64) -> Self {
        let magnitude = seed.unsigned_abs();
        let low = (magnitude & 0xffff_ffff) as u32;
        let high = (magnitude >> 32) as u32;
        let key: &[u32] = if high == 0 { &[low] } else { &[low, high] };
        let mut generator = Self { state: Box::new([0; N]), next: N };
        generator.init_by_array(key);
        generator
    }

    fn init_by_array(&mut self, key: &[u32]) {
        let state = &mut self.state;
        state[0] = 19_650_218;
        for i in 1..N {
            let previous = state[i - 1];
            state[i] = 1_812_433_253u32.wrapping_mul(previous ^ (previous >> 30)).wrapping_add(i as u32);
        }
        let mut i = 1;
        let mut j = 0;
        for _ in 0..N.max(key.len()) {
            let previous = state[i - 1];
            state[i] = (state[i] ^ (previous ^ (previous >> 30)).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % key.len();
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            let previous = state[i - 1];
            state[i] =
                (state[i] ^ (previous ^ (previous >> 30)).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
    }

    fn refill(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let mut value = self.state[(i + M) % N] ^ (y >> 1);
            if y & 1 == 1 {
                value ^= 0x9908_b0df;
            }
            self.state[i] = value;
        }
        self.next = 0;
    }

    fn next_u32(&mut self) -> u32 {
        if self.next >= N {
            self.refill();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Returns the next float in `0 <= x < 1` with 53 random bits.
    pub(crate) fn random(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// Returns `int(random() * count)`: an index below `count`. Returns 0 for an empty range.
    pub(crate) fn index(&mut self, count: usize) -> usize {
        ((self.random() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// Shuffles in place, from the last element down to the second.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.index(i + 1);
            items.swap(i, j);
        }
    }
}

/// The one generator a problem's responses share, seeded when it is first used.
#[derive(Debug)]
pub(crate) struct SharedRandom {
    seed: i64,
    generator: Option<Random2>,
}

impl SharedRandom {
    pub(crate) fn new(seed: i64) -> Self {
        Self { seed, generator: None }
    }

    pub(crate) fn get(&mut self) -> &mut Random2 {
        self.generator.get_or_insert_with(|| Random2::new(self.seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn agrees_with_the_published_stream() {
        // CPython: random.Random(1).random(), a documented reproducible value.
        let mut generator = Random2::new(1);
        assert_eq!(generator.random(), 0.134_364_244_112_401_22);
        assert_eq!(generator.random(), 0.847_433_736_937_232_7);
        assert_eq!(Random2::new(0).random(), 0.844_421_851_525_048_1);
        assert_eq!(Random2::new(-1).random(), Random2::new(1).random());
    }

    proptest! {
        #[test]
        fn shuffle_is_a_permutation(seed: i64, count in 0usize..60) {
            let mut items: Vec<usize> = (0..count).collect();
            Random2::new(seed).shuffle(&mut items);
            items.sort_unstable();
            prop_assert_eq!(items, (0..count).collect::<Vec<_>>());
        }
    }
}
