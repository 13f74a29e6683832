//! Functions of one shape in any size, whose facts have to be found in time that grows as they do.

/// A function as LLVM IR: what is before, a piece that is repeated, and what comes after.
pub struct Shape {
    /// What there is much of.
    pub name: &'static str,
    before: &'static str,
    /// `#` is the number of the piece, `$` that of the next one.
    piece: &'static str,
    /// Between the pieces and what closes them.
    middle: &'static str,
    /// Pieces after all of the others, in reverse order, as what is nested ends.
    closing: &'static str,
    after: &'static str,
}

impl Shape {
    /// The module with so many pieces.
    pub fn module(&self, pieces: usize) -> String {
        let numbered =
            |text: &str, piece: usize| text.replace('#', &piece.to_string()).replace('$', &(piece + 1).to_string());
        let mut text = numbered(self.before, pieces);
        (0..pieces).for_each(|piece| text.push_str(&numbered(self.piece, piece)));
        text.push_str(&numbered(self.middle, pieces));
        (0..pieces).rev().for_each(|piece| text.push_str(&numbered(self.closing, piece)));
        text + &numbered(self.after, pieces)
    }
}

/// What loops begin with that sum up.
const SUMS: &str = "
define i32 @f(i32 %n, ptr %p) {
  %s0 = load volatile i32, ptr %p
  br label %e0
e0:
  br label %h0
";

/// All shapes.
pub const SHAPES: &[Shape] = &[
    Shape {
        name: "branches",
        before: "define i32 @f(i32 %n, ptr %p) {\nb0:\n",
        piece: "
  %v# = load volatile i32, ptr %p
  %c# = icmp slt i32 %v#, %n
  br i1 %c#, label %t#, label %b$
t#:
  store volatile i32 %v#, ptr %p
  br label %b$
b$:
",
        middle: "",
        closing: "",
        after: "  ret i32 %n\n}\n",
    },
    Shape {
        name: "compares of one value with constants",
        before: "define i32 @f(i32 %n, ptr %p) {\nb0:\n",
        piece: "
  %c# = icmp eq i32 %n, $7
  br i1 %c#, label %t#, label %b$
t#:
  store volatile i32 %n, ptr %p
  ret i32 $
b$:
",
        middle: "",
        closing: "",
        after: "  ret i32 %n\n}\n",
    },
    Shape {
        name: "values each below the next one",
        before: "define i32 @f(i32 %n, ptr %p) {\nb0:\n  %v0 = load volatile i32, ptr %p\n",
        piece: "
  %v$ = load volatile i32, ptr %p
  %c# = icmp slt i32 %v#, %v$
  br i1 %c#, label %b$, label %t#
t#:
  ret i32 $
b$:
",
        middle: "",
        closing: "",
        after: "  %c = icmp slt i32 %v0, %v#\n  %r = zext i1 %c to i32\n  ret i32 %r\n}\n",
    },
    Shape {
        name: "checks of one index",
        before: "
define i32 @f(i32 %n, ptr %p) {
e:
  br label %h
h:
  %i = phi i32 [ 0, %e ], [ %j, %b# ]
  %c = icmp slt i32 %i, %n
  br i1 %c, label %b0, label %x
b0:
",
        piece: "
  %a# = add i32 %i, $
  %k# = icmp ult i32 %a#, %n
  br i1 %k#, label %b$, label %f#
f#:
  store volatile i32 %a#, ptr %p
  ret i32 $
b$:
",
        middle: "",
        closing: "",
        after: "  %j = add nsw i32 %i, 1\n  br label %h\nx:\n  ret i32 %n\n}\n",
    },
    Shape {
        name: "loops in a row",
        before: SUMS,
        piece: "
h#:
  %i# = phi i32 [ 0, %e# ], [ %j#, %b# ]
  %s$ = phi i32 [ %s#, %e# ], [ %u#, %b# ]
  %c# = icmp slt i32 %i#, %n
  br i1 %c#, label %b#, label %e$
b#:
  %l# = load volatile i32, ptr %p
  %u# = add i32 %s$, %l#
  %j# = add nsw i32 %i#, 1
  br label %h#
e$:
  br label %h$
",
        middle: "",
        closing: "",
        after: "h#:\n  ret i32 %s#\n}\n",
    },
    Shape {
        name: "nests of loops in a row",
        before: SUMS,
        piece: "
h#:
  %i# = phi i32 [ 0, %e# ], [ %in#, %ix# ]
  %si# = phi i32 [ %s#, %e# ], [ %sj#, %ix# ]
  %ci# = icmp slt i32 %i#, %n
  br i1 %ci#, label %hj#, label %e$
hj#:
  %j# = phi i32 [ 0, %h# ], [ %jn#, %jx# ]
  %sj# = phi i32 [ %si#, %h# ], [ %sk#, %jx# ]
  %cj# = icmp slt i32 %j#, %i#
  br i1 %cj#, label %hk#, label %ix#
hk#:
  %k# = phi i32 [ 0, %hj# ], [ %kn#, %b# ]
  %sk# = phi i32 [ %sj#, %hj# ], [ %u#, %b# ]
  %ck# = icmp slt i32 %k#, %j#
  br i1 %ck#, label %b#, label %jx#
b#:
  %l# = load volatile i32, ptr %p
  %u# = add i32 %sk#, %l#
  %kn# = add nsw i32 %k#, 1
  br label %hk#
jx#:
  %jn# = add nsw i32 %j#, 1
  br label %hj#
ix#:
  %in# = add nsw i32 %i#, 1
  br label %h#
e$:
  %s$ = phi i32 [ %si#, %h# ]
  br label %h$
",
        middle: "",
        closing: "",
        after: "h#:\n  ret i32 %s#\n}\n",
    },
    Shape {
        name: "loops around loops",
        before: "define i32 @f(i32 %n, ptr %p) {\n  br label %e0\ne0:\n",
        piece: "
  br label %h#
h#:
  %i# = phi i32 [ 0, %e# ], [ %j#, %x# ]
  %c# = icmp slt i32 %i#, %n
  br i1 %c#, label %e$, label %y#
e$:
",
        middle: "  br label %y#\n",
        closing: "
y$:
  br label %x#
x#:
  %j# = add nsw i32 %i#, 1
  br label %h#
",
        after: "y0:\n  ret i32 %n\n}\n",
    },
    Shape {
        name: "phis behind branches",
        before: "
define i32 @f(i32 %n, ptr %p) {
b0:
  %w0 = load volatile i32, ptr %p
  %v0 = load volatile i32, ptr %p
",
        piece: "
  %c# = icmp ult i32 %v#, %w#
  br i1 %c#, label %t#, label %u#
t#:
  %x# = load volatile i32, ptr %p
  br label %b$
u#:
  %y# = add i32 %v#, 1
  br label %b$
b$:
  %v$ = phi i32 [ %x#, %t# ], [ %y#, %u# ]
  %w$ = phi i32 [ %v#, %t# ], [ %w#, %u# ]
",
        middle: "",
        closing: "",
        after: "  ret i32 %v#\n}\n",
    },
    Shape {
        name: "phis of one loop",
        before: "
define i32 @f(i32 %n, ptr %p) {
e:
  br label %h
h:
  %i = phi i32 [ 0, %e ], [ %j, %b ]
",
        piece: "  %v# = phi i32 [ $, %e ], [ %w$, %b ]\n",
        middle: "
  %c = icmp slt i32 %i, %n
  br i1 %c, label %b, label %x
b:
  %j = add nsw i32 %i, 1
  %w0 = load volatile i32, ptr %p
",
        closing: "
  %k# = icmp slt i32 %v#, %i
  %w$ = select i1 %k#, i32 %w0, i32 %v#
  store volatile i32 %v#, ptr %p
",
        after: "  br label %h\nx:\n  ret i32 %n\n}\n",
    },
];

/// What modules begin with that allocate.
macro_rules! allocators {
    () => {
        "
declare ptr @malloc(i64)
declare void @free(ptr)
@kept = global ptr null
define internal i32 @reads(ptr %p) noinline {
  %v = load i32, ptr %p
  %q = getelementptr i8, ptr %p, i64 4
  store i32 %v, ptr %q
  ret i32 %v
}
"
    };
}

const ALLOCATORS: &str = concat!(allocators!(), "\ndefine i32 @f(i32 %n, ptr %p) {\nb0:\n");

/// What begins with an object.
const OBJECT: &str = concat!(
    allocators!(),
    "
define i32 @f(i32 %n, ptr %p) {
b0:
  %o0 = call ptr @malloc(i64 16)
  store i32 %n, ptr %o0
"
);

/// Pieces one after the other in a function that allocates.
const IN_A_ROW: Shape =
    Shape { name: "", before: ALLOCATORS, piece: "", middle: "", closing: "", after: "  ret i32 %n\n}\n" };

/// Shapes with allocations.
pub const ALLOCATIONS: &[Shape] = &[
    Shape {
        name: "allocations",
        piece: "
  %v# = load volatile i32, ptr %p
  %o# = call ptr @malloc(i64 8)
  store i32 %v#, ptr %o#
  %w# = load i32, ptr %o#
  store volatile i32 %w#, ptr %p
  call void @free(ptr %o#)
",
        ..IN_A_ROW
    },
    Shape {
        name: "merges of allocations",
        piece: "
  %v# = load volatile i32, ptr %p
  %c# = icmp slt i32 %v#, %n
  br i1 %c#, label %t#, label %u#
t#:
  %o# = call ptr @malloc(i64 8)
  store i32 %v#, ptr %o#
  br label %b$
u#:
  %q# = call ptr @malloc(i64 8)
  store i32 $, ptr %q#
  br label %b$
b$:
  %r# = phi ptr [ %o#, %t# ], [ %q#, %u# ]
  %w# = load i32, ptr %r#
  store volatile i32 %w#, ptr %p
  call void @free(ptr %r#)
",
        ..IN_A_ROW
    },
    Shape {
        name: "allocations that escape on rare paths",
        piece: "
  %v# = load volatile i32, ptr %p
  %o# = call ptr @malloc(i64 8)
  store i32 %v#, ptr %o#
  %c# = icmp eq i32 %v#, $
  br i1 %c#, label %t#, label %b$, !prof !0
t#:
  store volatile ptr %o#, ptr @kept
  ret i32 %v#
b$:
",
        after: "  ret i32 %n\n}\n!0 = !{!\"branch_weights\", i32 1, i32 1000}
",
        ..IN_A_ROW
    },
    Shape {
        name: "loops that allocate",
        piece: "
  br label %h#
h#:
  %i# = phi i32 [ 0, %b# ], [ %j#, %l# ]
  %c# = icmp slt i32 %i#, %n
  br i1 %c#, label %l#, label %b$
l#:
  %o# = call ptr @malloc(i64 8)
  store i32 %i#, ptr %o#
  %w# = load i32, ptr %o#
  store volatile i32 %w#, ptr %p
  call void @free(ptr %o#)
  %j# = add nsw i32 %i#, 1
  br label %h#
b$:
",
        ..IN_A_ROW
    },
    Shape {
        name: "objects in objects",
        before: OBJECT,
        piece: "
  %o$ = call ptr @malloc(i64 16)
  store ptr %o#, ptr %o$
",
        middle: "  %r# = getelementptr i8, ptr %o#, i64 0\n",
        closing: "  %r# = load ptr, ptr %r$\n",
        after: "  %w = load i32, ptr %r0\n  ret i32 %w\n}\n",
    },
    Shape {
        name: "other names of an object",
        before: OBJECT,
        piece: "
  %v# = load volatile i32, ptr %p
  %c# = icmp slt i32 %v#, %n
  %r# = select i1 %c#, ptr %o0, ptr %p
  %w# = load i32, ptr %r#
  store volatile i32 %w#, ptr %p
",
        after: "  call void @free(ptr %o0)\n  ret i32 %n\n}\n",
        ..IN_A_ROW
    },
    Shape {
        name: "objects passed to a function",
        piece: "
  %v# = load volatile i32, ptr %p
  %o# = call ptr @malloc(i64 8)
  store i32 %v#, ptr %o#
  %w# = call i32 @reads(ptr %o#)
  store volatile i32 %w#, ptr %p
  call void @free(ptr %o#)
",
        ..IN_A_ROW
    },
    Shape {
        name: "calls with one object",
        before: OBJECT,
        piece: "
  %w# = call i32 @reads(ptr %o0)
  store volatile i32 %w#, ptr %p
",
        after: "  call void @free(ptr %o0)\n  ret i32 %n\n}\n",
        ..IN_A_ROW
    },
    Shape {
        name: "functions that pass an object on",
        before: allocators!(),
        piece: "
define internal i32 @g#(ptr %p, i32 %n) noinline {
  %v = load i32, ptr %p
  %c = icmp slt i32 %n, $
  br i1 %c, label %t, label %u
t:
  %m = add i32 %n, 1
  %w = call i32 @g$(ptr %p, i32 %m)
  ret i32 %w
u:
  ret i32 %v
}
",
        middle: "define internal i32 @g#(ptr %p, i32 %n) noinline {
  %v = load i32, ptr %p
  ret i32 %v
}
",
        after: "define i32 @f(i32 %n) {\n  %o = call ptr @malloc(i64 8)\n  store i32 %n, ptr %o\n  %w = call i32 @g0(ptr %o, i32 %n)\n  call void @free(ptr %o)\n  ret i32 %w\n}\n",
        ..IN_A_ROW
    },
];
