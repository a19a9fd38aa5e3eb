//! Plays the battle for the sunken keep on the terminal.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use bevy_game::rules::CombatRules;
use bevy_game::save::SaveGame;
use bevy_game::{headless_app, play, scenario};

const USAGE: &str = "\
Plays the battle for the sunken keep and prints what happens.

Usage: bevy_game [OPTIONS]

  --seed N           decides every roll of the dice (default 1)
  --turns N          stops after turn N (default 200)
  --rule NAME=VALUE  changes a rule of combat; may be repeated
  --load FILE        goes on with a saved game, its dice and its rules
  --save FILE        saves the game at the end
  --quiet            prints the outcome only
  --help             prints this";

/// What the command line asks for.
///
/// A loaded game brings its own dice and rules.
struct Options {
    seed: u64,
    turns: u32,
    rules: CombatRules,
    load: Option<String>,
    save: Option<String>,
    quiet: bool,
    help: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            turns: 200,
            rules: CombatRules::default(),
            load: None,
            save: None,
            quiet: false,
            help: false,
        }
    }
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{flag} needs a value"));
            match flag.as_str() {
                "--seed" => options.seed = number(&flag, &value()?)?,
                "--turns" => options.turns = number(&flag, &value()?)?,
                "--rule" => options
                    .rules
                    .apply_override(&value()?)
                    .map_err(|error| error.to_string())?,
                "--load" => options.load = Some(value()?),
                "--save" => options.save = Some(value()?),
                "--quiet" => options.quiet = true,
                "--help" => options.help = true,
                other => return Err(format!("unknown option {other}")),
            }
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(flag: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{flag} needs a whole number, not `{text}`"))
}

fn run(options: Options) -> Result<(), String> {
    let mut app = headless_app(options.seed, options.rules);
    match &options.load {
        Some(path) => {
            let told = |error: &dyn std::fmt::Display| format!("{path}: {error}");
            let text = fs::read_to_string(path).map_err(|error| told(&error))?;
            let save = SaveGame::from_json(&text).map_err(|error| told(&error))?;
            save.restore(app.world_mut())
                .map_err(|error| told(&error))?;
        }
        None => scenario::sunken_keep(app.world_mut()),
    }

    let mut out = io::stdout().lock();
    let outcome = play(&mut app, options.turns, |entry| {
        if !options.quiet {
            // Whoever reads may stop before the end, as `head` does.
            let _ = writeln!(out, "{entry}");
        }
    });
    let _ = writeln!(out, "Outcome: {outcome:?}");

    if let Some(path) = &options.save {
        let save = SaveGame::capture(app.world_mut());
        let text = save.to_json().map_err(|error| error.to_string())?;
        fs::write(path, text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let done = Options::parse(std::env::args().skip(1)).and_then(|options| {
        if options.help {
            let _ = writeln!(io::stdout(), "{USAGE}");
            Ok(())
        } else {
            run(options)
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
