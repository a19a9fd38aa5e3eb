//! Procedural macros of each kind, without a parser of Rust: they build in a second.

use proc_macro::{TokenStream, TokenTree};

/// The name that follows `struct`, `enum` or `fn`.
fn name_after(input: &TokenStream, words: &[&str]) -> String {
    let mut after = false;
    for tree in input.clone() {
        if let TokenTree::Ident(ident) = tree {
            let text = ident.to_string();
            if after {
                return text;
            }
            after = words.contains(&text.as_str());
        }
    }
    String::from("Nameless")
}

/// `impl Marked`, whose `mark` calls `base_mark`.
#[proc_macro_derive(Marked)]
pub fn marked(input: TokenStream) -> TokenStream {
    let name = name_after(&input, &["struct", "enum"]);
    let text = format!(
        "impl crate::Marked for {name} {{ fn mark(&self) -> u32 {{ crate::base_mark() }} }}"
    );
    text.parse().unwrap()
}

/// The function itself, and another that calls it twice.
#[proc_macro_attribute]
pub fn twice(_arguments: TokenStream, input: TokenStream) -> TokenStream {
    let name = name_after(&input, &["fn"]);
    let more = format!("pub fn {name}_twice() -> u32 {{ {name}() + {name}() }}");
    let mut out = input;
    out.extend(more.parse::<TokenStream>().unwrap());
    out
}

/// A unit struct of that name with a method `call`.
#[proc_macro]
pub fn unit(input: TokenStream) -> TokenStream {
    let name = input.to_string();
    let text = format!(
        "pub struct {name}; impl {name} {{ pub fn call(&self) -> u32 {{ crate::base_mark() }} }}"
    );
    text.parse().unwrap()
}
