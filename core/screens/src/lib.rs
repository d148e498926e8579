//! What is on the glass: pure `update` and `view`, and a driver that maps effects to terminal calls.
//!
//! [`update`] takes a [`State`] and an [`Event`] and gives the next state and [`Effect`]s; [`view`] makes a
//! [`Screen`] of semantic widgets of a state. Neither reads a clock, draws or sends. A shell draws screens
//! with its platform's own controls and sends events; the [`driver`] runs effects against the terminal.

pub mod collector;
pub mod driver;
mod event;
mod glance;
mod known;
pub mod package;
mod page;
mod pages;
mod route;
mod screen;
mod state;
mod task;
mod update;
mod view;
mod widget;
mod words;

pub use self::{
    event::Event,
    known::{
        Clock, Closed, CodeKnown, ConsentGiven, Known, LoginSent, NoticeKnown, Person, Stage,
        Waiting,
    },
    page::Page,
    screen::{Back, Brightness, Haptic, Presentation, Screen},
    state::{Fetched, Kept, Once, Preferences, Saying, State, TEXT_MAX, TroubleOn, Typed, Working},
    task::{Device, Effect, Outcome, Task, TaskName, Trouble},
    update::update,
    view::{Seen, view},
    widget::{
        Action, Attachment, Choosable, CodePosition, FieldPurpose, Kind, Rank, Row, Target, Tile,
        TimelineEntry, Tone, Widget,
    },
    words::{Words, WordsError},
};
