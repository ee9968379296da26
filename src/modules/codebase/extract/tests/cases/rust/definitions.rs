//! A crate.

use std::fmt;
use std::collections::{HashMap, hash_map::{self, Entry as E}, *};
pub use crate::inner::Thing as Public;
use super::up;
use self::nested::*;
extern crate serde as ser;
mod file;

/// A point.
/// In space.
#[derive(Debug, Clone, serde::Serialize)]
#[cfg(feature = "x")]
pub struct Point<T> {
    /// Across.
    pub x: T,
    y: Option<Box<T>>,
}
pub(crate) struct Tuple(pub i32, String);
struct Unit;
union Either { a: u32, b: f32 }

pub enum Shape {
    Circle(f64),
    Square { side: f64 },
    Empty = 3,
}

pub trait Draw: fmt::Debug + Clone {
    const LIMIT: usize = 10;
    type Output;
    fn draw(&self, x: i32) -> Self::Output;
    fn twice(&self) { self.draw(1); self.draw(2); }
}

impl<T> Point<T> where T: Clone {
    pub const ORIGIN: i32 = 0;
    pub fn new(x: T) -> Self { Self { x, y: None } }
    fn private(&mut self) { self.x = other.y.clone(); }
}

impl<T: Clone> Draw for Point<T> {
    type Output = ();
    fn draw(&self, _: i32) {}
}

impl fmt::Display for shapes::Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}", self.name(1)) }
}

#[deprecated(note = "no")]
pub async unsafe fn run<'a, F>(f: F, items: &'a [i32]) -> Result<(), Error> where F: Fn(i32) {
    fn inner() {}
    let closure = |x| inner(x);
    let p = Point::<i32>::new(1);
    let s = shapes::Shape::Square { side: 1.0 };
    HashMap::new().insert(1, 2);
    vec![helper(1), nested::call(2)];
    p.y.map(|v| v.unwrap())?;
    loop { items.iter().collect::<Vec<_>>(); }
}

pub mod nested {
    pub(super) fn visible() {}
    static mut COUNTER: u32 = 0;
    type Alias = Vec<u8>;
}

#[macro_export]
macro_rules! make {
    ($x:expr) => { fn not_a_function() { $x } };
}

extern "C" {
    fn imported(x: i32) -> i32;
}

#[cfg(test)]
mod tests {
    #[test]
    fn works() { assert_eq!(super::run(1), Ok(())); }
    #[tokio::test]
    async fn works_too() {}
}

const fn constant() -> i32 { 1 }
pub static NAME: &str = "x";
