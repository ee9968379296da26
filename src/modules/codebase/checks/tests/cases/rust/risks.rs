fn f(x: Option<u32>) -> u32 {
    dbg!(x);
    x.unwrap_or(1);
    todo!();
    x.unwrap()
}

#[cfg(test)]
mod tests {
    #[test]
    fn g() { f(None).unwrap(); }
}
