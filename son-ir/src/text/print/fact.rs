//! Facts in braces, as short as they can be read back.

use super::module::name_of;
use super::{put, put_list, put_symbol};
use crate::facts::{Fact, FloatClasses, FloatFact, IntFact, Object, PointerFact, Stride};
use crate::module::Module;
use crate::text::words::FlagWords;
use crate::types::Type;

/// The fact of a value of the type, in braces.
pub(crate) fn put_fact(out: &mut String, module: &Module, ty: Type, fact: &Fact) {
    out.push('{');
    match fact {
        Fact::Any => {}
        Fact::Never => out.push_str("never"),
        Fact::Int(fact) => put_int(out, ty, fact),
        Fact::Pointer(fact) => put_pointer(out, module, fact),
        Fact::Float(fact) => put_float(out, ty, fact),
    }
    out.push('}');
}

/// Which parts of an integer fact are printed: signed and unsigned bounds, bits. Strides always are.
type Parts = (bool, bool, bool);

fn put_int(out: &mut String, ty: Type, fact: &IntFact) {
    if fact.signed.0 == fact.signed.1 && IntFact::from_signed(ty, fact.signed.0, fact.signed.1) == Some(*fact) {
        return put!(out, "{}", fact.signed.0);
    }
    let full = IntFact::full(ty);
    let with = |(signed, unsigned, bits): Parts| IntFact {
        signed: if signed { fact.signed } else { full.signed },
        unsigned: if unsigned { fact.unsigned } else { full.unsigned },
        zeros: if bits { fact.zeros } else { full.zeros },
        ones: if bits { fact.ones } else { 0 },
        stride: fact.stride,
    };
    const CHOICES: [Parts; 8] = [
        (false, false, false),
        (true, false, false),
        (false, true, false),
        (false, false, true),
        (true, false, true),
        (false, true, true),
        (true, true, false),
        (true, true, true),
    ];
    let enough = CHOICES.into_iter().find(|&parts| with(parts).normalized(ty) == Some(*fact));
    let (signed, unsigned, bits) = enough.unwrap_or((true, true, true));
    if enough.is_none() {
        out.push_str("exact ");
    }
    let mut parts: Vec<String> = Vec::new();
    if signed {
        parts.push(format!("{}..{}", fact.signed.0, fact.signed.1));
    }
    if unsigned {
        parts.push(format!("unsigned {}..{}", fact.unsigned.0, fact.unsigned.1));
    }
    let (zeros, ones) = (fact.zeros & ty.mask(), fact.ones);
    if bits && zeros != 0 {
        parts.push(format!("zeros {zeros:#x}"));
    }
    if bits && ones != 0 {
        parts.push(format!("ones {ones:#x}"));
    }
    if fact.stride != Stride::ANY {
        parts.push(format!("every {} from {}", fact.stride.modulus(), fact.stride.residue()));
    }
    out.push_str(&parts.join(", "));
}

fn put_pointer(out: &mut String, module: &Module, fact: &PointerFact) {
    let mut parts: Vec<String> = Vec::new();
    let mut base = PointerFact::default();
    if fact.null {
        base = PointerFact::NULL;
        parts.push("null".to_owned());
    }
    if fact.non_null {
        parts.push("non_null".to_owned());
    }
    if fact.align_log2 != base.align_log2 {
        parts.push(format!("align {}", 1u64 << fact.align_log2));
    }
    if fact.dereferenceable != 0 {
        parts.push(format!("dereferenceable {}", fact.dereferenceable));
    }
    match fact.object {
        Object::Unknown => {}
        Object::Slot(slot) => parts.push(format!("in ${slot}")),
        Object::Param(param) => parts.push(format!("in param {param}")),
        Object::Symbol(symbol) => {
            let mut text = "in ".to_owned();
            put_symbol(&mut text, name_of(module, symbol));
            parts.push(text);
        }
    }
    out.push_str(&parts.join(", "));
}

fn put_float(out: &mut String, ty: Type, fact: &FloatFact) {
    if let Some(bits) = fact.constant {
        put!(out, "bits {bits:#x}");
        if *fact == FloatFact::constant(ty, bits) {
            return;
        }
        out.push_str(", ");
    }
    let classes: FloatClasses = fact.classes;
    put_list(out, classes.flag_words(), |out, word| out.push_str(&word));
}
