//! What happened, in words.
//!
//! A message that can [`Describe`] itself is registered with
//! [`LogMessages::add_logged_message`]; from then on every one of them that is
//! written becomes a line of the [`BattleLog`].

use std::fmt;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use crate::schedule::{Phase, Turn};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The turn it tells of.
    pub turn: u32,
    /// What happened, without a full stop.
    pub text: String,
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:>3}] {}", self.turn, self.text)
    }
}

/// The story so far.
#[derive(Resource, Clone, Debug, Default)]
pub struct BattleLog {
    entries: Vec<LogEntry>,
}

impl BattleLog {
    /// Adds a line.
    pub fn push(&mut self, turn: Turn, text: impl Into<String>) {
        self.entries.push(LogEntry {
            turn: turn.0,
            text: text.into(),
        });
    }

    /// The lines from number `start` on; empty if there are none.
    pub fn since(&self, start: usize) -> &[LogEntry] {
        self.entries.get(start..).unwrap_or_default()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if nothing has happened yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Looks up what a unit is called.
#[derive(SystemParam)]
pub struct Names<'w, 's> {
    names: Query<'w, 's, NameOrEntity>,
}

impl Names<'_, '_> {
    /// The name of a unit, or its number if it has none.
    pub fn of(&self, unit: Entity) -> String {
        match self.names.get(unit) {
            Ok(name) => name.to_string(),
            Err(_) => unit.to_string(),
        }
    }
}

/// A message that can be told.
pub trait Describe: Message {
    /// One sentence about it, without a full stop.
    fn describe(&self, names: &Names) -> String;
}

/// Writes every message of type `M` into the log.
fn record<M: Describe>(
    turn: Res<Turn>,
    mut messages: MessageReader<M>,
    names: Names,
    mut log: ResMut<BattleLog>,
) {
    for message in messages.read() {
        log.push(*turn, message.describe(&names));
    }
}

/// How many kinds of messages are recorded so far.
#[derive(Resource, Clone, Copy, Debug, Default)]
struct RecorderCount(usize);

/// The place of one kind of message in the report of a turn.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Recorder(usize);

/// Extension of [`App`] for messages that belong in the log.
pub trait LogMessages {
    /// Registers a message and records it. Within a turn, kinds of messages
    /// are told in the order in which they were registered.
    fn add_logged_message<M: Describe>(&mut self) -> &mut Self;
}

impl LogMessages for App {
    fn add_logged_message<M: Describe>(&mut self) -> &mut Self {
        self.init_resource::<RecorderCount>();
        let mut count = self.world_mut().resource_mut::<RecorderCount>();
        let place = count.0;
        count.0 += 1;
        self.add_message::<M>().add_systems(
            Update,
            record::<M>
                .in_set(Phase::Report)
                .in_set(Recorder(place + 1))
                .after(Recorder(place)),
        )
    }
}

/// Registers the log.
pub struct BattleLogPlugin;

impl Plugin for BattleLogPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<BattleLog>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Message)]
    struct Yawned(Entity);

    impl Describe for Yawned {
        fn describe(&self, names: &Names) -> String {
            format!("{} yawns", names.of(self.0))
        }
    }

    #[derive(Message)]
    struct NightFell;

    impl Describe for NightFell {
        fn describe(&self, _: &Names) -> String {
            "Night falls".to_owned()
        }
    }

    #[test]
    fn messages_are_told_in_the_order_of_their_registration() {
        let mut app = App::new();
        app.add_plugins(BattleLogPlugin)
            .insert_resource(Turn(4))
            .add_logged_message::<NightFell>()
            .add_logged_message::<Yawned>();
        let unit = app.world_mut().spawn(Name::new("Mira")).id();
        app.world_mut().write_message(Yawned(unit));
        app.world_mut().write_message(NightFell);
        app.update();

        let log = app.world().resource::<BattleLog>();
        let lines: Vec<String> = log.since(0).iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["[  4] Night falls", "[  4] Mira yawns"]);
        assert!(log.since(2).is_empty() && log.since(9).is_empty());
    }
}
