//! The numbers of an expression and their arithmetic, with Python's coercions and errors.

use num_bigint::{BigInt, Sign};
use num_complex::Complex64;

use super::{Budget, CalcError};

/// Largest exact integer, in bits, that a product or power may have: the factorial of 10,000 has 118,459.
const MAX_INTEGER_BITS: u64 = 1 << 17;

/// A value: an exact integer, a float, or a complex number. The `Array` variants come out of functions; unlike the
/// plain ones they divide by zero without an error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Number {
    /// An exact integer.
    Integer(BigInt),
    /// A float with Python's errors.
    Float(f64),
    /// A float with IEEE semantics.
    ArrayFloat(f64),
    /// A complex number with Python's errors.
    Complex(Complex64),
    /// A complex number with IEEE semantics.
    ArrayComplex(Complex64),
}

const OVERFLOW: CalcError = CalcError::Arithmetic("result too large");
const DIVISION: CalcError = CalcError::Arithmetic("division by zero");

/// Two operands brought to a common type.
enum Pair {
    Integers(BigInt, BigInt),
    Floats { a: f64, b: f64, array: bool },
    Complexes { a: Complex64, b: Complex64, array: bool },
}

impl Number {
    /// Returns the value as a float.
    ///
    /// # Errors
    /// An exact integer beyond the range of floats, or a complex number.
    pub(crate) fn to_float(&self) -> Result<f64, CalcError> {
        match self {
            Self::Integer(value) => integer_to_float(value),
            Self::Float(value) | Self::ArrayFloat(value) => Ok(*value),
            Self::Complex(_) | Self::ArrayComplex(_) => {
                Err(CalcError::Arithmetic("can't convert complex to float"))
            }
        }
    }

    /// Returns the value as a complex number.
    ///
    /// # Errors
    /// An exact integer beyond the range of floats.
    pub(crate) fn to_complex(&self) -> Result<Complex64, CalcError> {
        match self {
            Self::Complex(value) | Self::ArrayComplex(value) => Ok(*value),
            real => Ok(Complex64::new(real.to_float()?, 0.0)),
        }
    }

    /// Returns whether this is a complex number, also one without imaginary part.
    pub(crate) fn is_complex(&self) -> bool {
        matches!(self, Self::Complex(_) | Self::ArrayComplex(_))
    }

    fn is_array(&self) -> bool {
        matches!(self, Self::ArrayFloat(_) | Self::ArrayComplex(_))
    }

    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Integer(value) => value.sign() == Sign::NoSign,
            Self::Float(value) | Self::ArrayFloat(value) => *value == 0.0,
            Self::Complex(value) | Self::ArrayComplex(value) => value.re == 0.0 && value.im == 0.0,
        }
    }

    fn float(value: f64, array: bool) -> Self {
        if array { Self::ArrayFloat(value) } else { Self::Float(value) }
    }

    fn complex(value: Complex64, array: bool) -> Self {
        if array { Self::ArrayComplex(value) } else { Self::Complex(value) }
    }

    fn pair(self, other: Self) -> Result<Pair, CalcError> {
        let array = self.is_array() || other.is_array();
        Ok(match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Pair::Integers(a, b),
            (a, b) if a.is_complex() || b.is_complex() => {
                Pair::Complexes { a: a.to_complex()?, b: b.to_complex()?, array }
            }
            (a, b) => Pair::Floats { a: a.to_float()?, b: b.to_float()?, array },
        })
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Integer(value) => Self::Integer(-value),
            Self::Float(value) => Self::Float(-value),
            Self::ArrayFloat(value) => Self::ArrayFloat(-value),
            Self::Complex(value) => Self::Complex(-value),
            Self::ArrayComplex(value) => Self::ArrayComplex(-value),
        }
    }

    /// Returns the size as an integer in words of 64 bits; floats have none.
    fn words(&self) -> u64 {
        match self {
            Self::Integer(value) => value.bits() / 64 + 1,
            _ => 0,
        }
    }

    /// Returns the steps of copying it.
    pub(super) fn copy_steps(&self) -> u64 {
        1 + self.words() / 16
    }

    pub(super) fn add(self, other: Self, budget: &mut Budget) -> Result<Self, CalcError> {
        budget.spend(1 + (self.words() + other.words()) / 16)?;
        Ok(match self.pair(other)? {
            Pair::Integers(a, b) => Self::Integer(a + b),
            Pair::Floats { a, b, array } => Self::float(a + b, array),
            Pair::Complexes { a, b, array } => Self::complex(a + b, array),
        })
    }

    pub(super) fn subtract(self, other: Self, budget: &mut Budget) -> Result<Self, CalcError> {
        budget.spend(1 + (self.words() + other.words()) / 16)?;
        Ok(match self.pair(other)? {
            Pair::Integers(a, b) => Self::Integer(a - b),
            Pair::Floats { a, b, array } => Self::float(a - b, array),
            Pair::Complexes { a, b, array } => Self::complex(a - b, array),
        })
    }

    pub(super) fn multiply(self, other: Self, budget: &mut Budget) -> Result<Self, CalcError> {
        budget.spend(1 + self.words() * other.words() / 32)?;
        Ok(match self.pair(other)? {
            Pair::Integers(a, b) => {
                if a.bits() + b.bits() > MAX_INTEGER_BITS {
                    return Err(CalcError::TooLarge);
                }
                Self::Integer(a * b)
            }
            Pair::Floats { a, b, array } => Self::float(a * b, array),
            Pair::Complexes { a, b, array } => Self::complex(a * b, array),
        })
    }

    pub(super) fn divide(self, other: Self, budget: &mut Budget) -> Result<Self, CalcError> {
        budget.spend(2 + (self.words() + other.words()) / 4)?;
        let zero = other.is_zero();
        let pair = self.pair(other)?;
        if zero && !matches!(pair, Pair::Floats { array: true, .. } | Pair::Complexes { array: true, .. }) {
            return Err(DIVISION);
        }
        Ok(match pair {
            Pair::Integers(a, b) => Self::Float(divide_integers(&a, &b)?),
            Pair::Floats { a, b, array } => Self::float(a / b, array),
            Pair::Complexes { a, b, array } => Self::complex(divide_complex(a, b), array),
        })
    }

    pub(super) fn power(self, exponent: Self, budget: &mut Budget) -> Result<Self, CalcError> {
        budget.spend(if self.is_complex() || exponent.is_complex() { 12 } else { 4 })?;
        match self.pair(exponent)? {
            Pair::Integers(a, b) if b.sign() != Sign::Minus => integer_power(&a, &b, budget),
            Pair::Integers(a, b) => float_power(integer_to_float(&a)?, integer_to_float(&b)?),
            Pair::Floats { a, b, array: true } => Ok(Self::ArrayFloat(a.powf(b))),
            Pair::Floats { a, b, array: false } => float_power(a, b),
            Pair::Complexes { a, b, array } => {
                complex_power(a, b, array).map(|value| Self::complex(value, array))
            }
        }
    }

    /// Returns what a number with a percent sign is worth.
    ///
    /// # Errors
    /// An integer beyond the range of floats.
    pub(super) fn hundredth(self) -> Result<Self, CalcError> {
        self.to_float().map(|value| Self::Float(value * 0.01))
    }
}

fn integer_to_float(value: &BigInt) -> Result<f64, CalcError> {
    const TOO_LARGE: CalcError = CalcError::Arithmetic("int too large to convert to float");
    let bits = value.bits();
    if bits > 1024 {
        return Err(TOO_LARGE);
    }
    let magnitude = value.magnitude();
    let shift = bits.saturating_sub(64);
    let mut top = (magnitude >> shift).iter_u64_digits().next().unwrap_or(0);
    if shift > 0 && magnitude.trailing_zeros().is_some_and(|zeros| zeros < shift) {
        // What was shifted out is more than nothing: that decides whether a tie is one.
        top |= 1;
    }
    // Both factors are exact and the product only moves the exponent, so this rounds once.
    let float = top as f64 * 2f64.powi(i32::try_from(shift).map_err(|_| TOO_LARGE)?);
    match (float.is_finite(), value.sign()) {
        (false, _) => Err(TOO_LARGE),
        (true, Sign::Minus) => Ok(-float),
        (true, _) => Ok(float),
    }
}

/// Divides two integers, rounding once. `b` is not zero.
fn divide_integers(a: &BigInt, b: &BigInt) -> Result<f64, CalcError> {
    if a.bits() <= 53 && b.bits() <= 53 {
        return Ok(integer_to_float(a)? / integer_to_float(b)?);
    }
    // A quotient of at least 66 bits with a sticky last bit rounds correctly to 53.
    let bits = |value: &BigInt| i64::try_from(value.bits()).unwrap_or(i64::MAX / 4);
    let shift = 66 - (bits(a) - bits(b));
    let (a, b) = if shift > 0 {
        (a << shift.unsigned_abs(), b.clone())
    } else {
        (a.clone(), b << shift.unsigned_abs())
    };
    let mut quotient = &a / &b;
    if (&a % &b).sign() != Sign::NoSign {
        quotient.set_bit(0, true);
    }
    let exponent = i32::try_from(-shift).map_err(|_| OVERFLOW)?;
    let half = exponent / 2;
    let value = integer_to_float(&quotient)? * 2f64.powi(half) * 2f64.powi(exponent - half);
    if value.is_finite() { Ok(value) } else { Err(OVERFLOW) }
}

fn integer_power(base: &BigInt, exponent: &BigInt, budget: &mut Budget) -> Result<Number, CalcError> {
    if base.bits() <= 1 {
        // 0, 1 and -1 stay small whatever the exponent.
        let result = match (base.sign(), exponent.bit(0)) {
            _ if exponent.sign() == Sign::NoSign => BigInt::from(1),
            (Sign::Minus, true) => BigInt::from(-1),
            (Sign::NoSign, _) => BigInt::ZERO,
            _ => BigInt::from(1),
        };
        return Ok(Number::Integer(result));
    }
    let small = u32::try_from(exponent).map_err(|_| CalcError::TooLarge)?;
    let bits = base.bits().saturating_mul(u64::from(small));
    if bits > MAX_INTEGER_BITS {
        return Err(CalcError::TooLarge);
    }
    // The last squaring takes a quarter of this, those before it a quarter of that each.
    budget.spend((bits / 64).pow(2) / 64)?;
    Ok(Number::Integer(base.pow(small)))
}

fn float_power(a: f64, b: f64) -> Result<Number, CalcError> {
    if a == 0.0 && b < 0.0 {
        return Err(DIVISION);
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
        return complex_power(Complex64::new(a, 0.0), Complex64::new(b, 0.0), false).map(Number::Complex);
    }
    let value = a.powf(b);
    if value.is_infinite() && a.is_finite() && b.is_finite() {
        Err(OVERFLOW)
    } else {
        Ok(Number::Float(value))
    }
}

fn complex_power(a: Complex64, b: Complex64, array: bool) -> Result<Complex64, CalcError> {
    if b.re == 0.0 && b.im == 0.0 {
        return Ok(Complex64::new(1.0, 0.0));
    }
    if a.re == 0.0 && a.im == 0.0 {
        if b.im != 0.0 || b.re < 0.0 {
            return if array { Ok(Complex64::new(f64::NAN, f64::NAN)) } else { Err(DIVISION) };
        }
        return Ok(Complex64::new(0.0, 0.0));
    }
    let value = if b.im == 0.0 && b.re.fract() == 0.0 && b.re.abs() <= 100.0 {
        a.powi(b.re as i32)
    } else {
        let magnitude = a.re.hypot(a.im);
        let angle = a.im.atan2(a.re);
        let mut length = magnitude.powf(b.re);
        let mut phase = angle * b.re;
        if b.im != 0.0 {
            length *= (-angle * b.im).exp();
            phase += b.im * magnitude.ln();
        }
        Complex64::new(length * phase.cos(), length * phase.sin())
    };
    let finite = |value: Complex64| value.re.is_finite() && value.im.is_finite();
    if !array && !finite(value) && finite(a) && finite(b) { Err(OVERFLOW) } else { Ok(value) }
}

/// Smith's division: no overflow for operands whose quotient is representable.
fn divide_complex(a: Complex64, b: Complex64) -> Complex64 {
    if b.re.abs() >= b.im.abs() {
        let ratio = b.im / b.re;
        let scale = b.re + b.im * ratio;
        Complex64::new((a.re + a.im * ratio) / scale, (a.im - a.re * ratio) / scale)
    } else {
        let ratio = b.re / b.im;
        let scale = b.re * ratio + b.im;
        Complex64::new((a.re * ratio + a.im) / scale, (a.im * ratio - a.re) / scale)
    }
}
