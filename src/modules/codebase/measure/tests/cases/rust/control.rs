//! All of Rust's control flow.
use std::fmt;

/// Documented.
pub struct Counter { count: u32, name: String }

impl Counter {
    /// New.
    pub fn new() -> Self { Counter { count: 0, name: String::new() } }
    pub fn next(&mut self) -> Option<u32> {
        self.count += 1;
        if self.count < 6 { Some(self.count) } else { None }
    }
    pub fn label(&self) -> &str { &self.name }
    fn again(&mut self) { self.again(); self.next(); }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}", self.count) }
}

pub trait Shape { fn area(&self) -> f64; fn double(&self) -> f64 { self.area() * 2.0 } }

fn control(values: &[i32], limit: Option<i32>) -> Result<i32, String> {
    let Some(limit) = limit else { return Err("none".into()) };
    let mut total = 0;
    'outer: for v in values {
        loop {
            if let Some(x) = find(*v) && x > 1 && *v < limit { break 'outer; }
            while total < 3 { total += 1; if total == 2 { break; } }
            continue 'outer;
        }
    }
    let f = |x: i32| if x > 0 || x < -5 { x } else { -x };
    let y = match total {
        0 => f(1),
        1 | 2 if limit > 0 => 2,
        _ => parse("3")?,
    };
    Ok(y)
}
