use crate::shape::{Shape, Square as Sq};

struct Page {
    shapes: Vec<Box<dyn Shape>>,
    hook: fn() -> u32,
}

enum Step {
    Draw(Page),
    Stop { code: u32 },
}

impl Page {
    fn new() -> Self {
        Page { shapes: vec![Box::new(Sq::unit())], hook: one }
    }

    fn run(&self, step: Step) -> u32 {
        for shape in self.shapes.iter() {
            shape.area();
        }
        match step {
            Step::Draw(page) => page.run(Step::Stop { code: 1 }),
            Step::Stop { code } => (self.hook)(),
        }
    }
}

fn one() -> u32 {
    let add = |x: u32| Page::new().run(Step::Stop { code: x });
    println!("{}", add(1));
    1
}
