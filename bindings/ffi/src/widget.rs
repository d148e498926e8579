//! Semantic widgets: what a thing on a screen means, not how it looks.

use crate::mirror::mirror;

mirror! {
    /// One thing on a screen.
    pub struct Widget = liangma_screens::Widget {
        /// Stable name on its screen; what events name.
        pub id: String,
        /// What it says.
        pub label: String,
        /// What a screen reader says, where that is not the label.
        pub spoken: Option<String>,
        /// A line of help beside it.
        pub hint: Option<String>,
        /// Why it cannot be used now; `None` when it can.
        pub why_not: Option<String>,
        /// What is wrong with what was entered, and what to do.
        pub error: Option<String>,
        /// Personal: kept out of captures, suggestions and logs.
        pub sensitive: bool,
        /// What kind of thing it is.
        pub kind: Kind,
    }

    /// The kinds of widgets (the list is UX 6 of the design, and closed: a shell has a way to draw each).
    pub enum Kind = liangma_screens::Kind {
        /// A heading.
        Heading {
            /// 1 to 3; the title of the screen is above all of them.
            level: u8,
        },
        /// A short text.
        Text,
        /// A long text, in paragraphs separated by an empty line.
        LongText,
        /// A name and a value.
        KeyValue {
            /// The value.
            value: String,
        },
        /// Something folded away under its label.
        Disclosure {
            /// Whether it is unfolded.
            open: bool,
            /// What is inside.
            widgets: Vec<Widget>,
        },
        /// Something the person should know: the label says what happened.
        Notice {
            /// How much it matters.
            tone: Tone,
            /// What to do now.
            act: String,
            /// The way out: presses the widget of this id.
            way_out: Option<Action>,
        },
        /// A field for typing.
        Field {
            /// What is typed: keyboard, autofill and pasting follow.
            purpose: FieldPurpose,
            /// What it holds.
            text: String,
            /// Rises with every change; a shell takes `text` only when this is not below what it sent.
            revision: u64,
            /// Most characters.
            longest: u32,
            /// Whether several lines may be typed, with a counter of characters.
            multiline: bool,
        },
        /// A day.
        Date {
            /// `2022-04-01`, when there is one.
            value: Option<String>,
            /// First day that may be chosen.
            first: String,
            /// Last day that may be chosen.
            last: String,
        },
        /// A choice of one or several.
        Choice {
            /// Whether several may be chosen.
            several: bool,
            /// Whether to offer a search: what is typed into it is sent as the event `Typed` with the id of
            /// the choice, and other options come back.
            searchable: bool,
            /// The ids from the top of a tree (province, city, county) down to the options offered now; empty
            /// for a flat choice.
            path: Vec<Choosable>,
            /// What may be chosen.
            options: Vec<Choosable>,
            /// The ids chosen.
            chosen: Vec<String>,
        },
        /// On or off.
        Switch {
            /// Whether it is on.
            on: bool,
        },
        /// A consent to one purpose.
        Consent {
            /// The version of the text.
            version: u32,
            /// The text itself.
            text: String,
            /// Whether it is given; `None` before the person answered.
            given: Option<bool>,
        },
        /// A button.
        Button {
            /// How much it stands out.
            rank: Rank,
        },
        /// Something outside: a call, or a page.
        Link {
            /// Where it leads.
            target: Target,
        },
        /// The code card. Its scene comes beside the screen and changes with the clock; this is its place.
        CodeCard {
            /// Where the person likes the code.
            position: CodePosition,
            /// Whether it takes the whole glass.
            enlarged: bool,
            /// What a screen reader says, in order, without the running clock.
            reading_order: Vec<String>,
        },
        /// A QR code that is not the card, for a counter's scanner: dark on white whatever the theme, with a
        /// quiet zone of four modules, each module a whole number of pixels.
        Qr {
            /// One string for each row of modules: `#` dark, `.` light.
            rows: Vec<String>,
        },
        /// Several things in one place, one at a time: "5 of 8".
        Pager {
            /// The label of each.
            items: Vec<String>,
            /// Which is in front, from 0.
            index: u32,
        },
        /// Small facts beside the code.
        Tiles {
            /// Each tile.
            tiles: Vec<Tile>,
        },
        /// A list of rows; a row that has an action is pressed by its id.
        List {
            /// The rows.
            rows: Vec<Row>,
            /// Whether there are more: send the event `Pressed` with `{id}.more`.
            more: bool,
        },
        /// What happened and what will, with the office that does it.
        Timeline {
            /// The entries, oldest first.
            entries: Vec<TimelineEntry>,
        },
        /// Widgets that belong together under the label.
        Section {
            /// They.
            widgets: Vec<Widget>,
        },
        /// Chooses a picture with a code in it. Send what the code says as `Typed`; an empty text where there is no
        /// code in it, or more than one. The picture itself stays with the shell.
        PicturePicker,
        /// Pictures and PDFs that go along.
        Attachments {
            /// Most of them.
            most: u32,
            /// Each.
            items: Vec<Attachment>,
        },
        /// Something is being done. After two seconds a shell shows it.
        Progress {
            /// The way out, once it has lasted two seconds.
            cancel: Option<Action>,
        },
        /// The person is away at somebody else's page.
        Handoff {
            /// Who that is.
            provider: String,
            /// Whether the person is there now.
            waiting: bool,
        },
        /// Reads codes by camera, unless `why_not` says why not now. Send each code that is before it as `Typed`,
        /// again after a second as long as it stays; an empty text for one that is seen and cannot be read. Say
        /// that there is no camera, or that it was refused, as `Switched` off.
        Scanner {
            /// Whether the light is on.
            torch: bool,
        },
        /// What a check found.
        Verdict {
            /// Colour panel of the standard, by number; 0 for none.
            colour: u8,
            /// Shape that says the same without colour.
            shape: String,
            /// What to say to the person.
            say: String,
            /// What to do.
            act: String,
            /// Seconds after which it goes; `None` until a tap.
            clears_after: Option<u32>,
            /// Which of the two sounds, and how often the hand feels it: 1 pass, 2 and 3 talk to us.
            pulses: u8,
        },
        /// Time that runs out; the label says for what.
        Countdown {
            /// When it ends, as `2022-04-01T00:00:00Z`.
            until: String,
            /// Seconds before the end at which a screen reader says how much is left.
            milestones: Vec<u32>,
        },
        /// Asks before something that cannot be undone, over the screen.
        Sheet {
            /// What will happen.
            text: String,
            /// The button that does it.
            confirm: Action,
            /// The button that does not.
            dismiss: Action,
            /// Whether it destroys something.
            destructive: bool,
        },
        /// A pad for a number that opens something.
        PinPad {
            /// Digits typed.
            typed: u8,
            /// Digits expected.
            digits: u8,
        },
        /// One line of many that are entered together.
        BatchRow {
            /// What is typed.
            text: String,
            /// Whether it is the same as an earlier one.
            duplicate: bool,
        },
        /// A document to look at, print, save or share.
        Document {
            /// Its kind, such as `application/json`.
            media_type: String,
            /// Name for saving, without anything personal.
            file_name: String,
            /// Its text; pictures come beside the screen.
            text: String,
        },
        /// Counts.
        Totals {
            /// Each with its value.
            totals: Vec<Tile>,
        },
        /// A chart, with the table that says the same.
        Chart {
            /// Its points, by rising label.
            points: Vec<Tile>,
        },
    }

    /// How much a notice matters.
    pub enum Tone = liangma_screens::Tone {
        /// Good to know.
        Calm,
        /// Something is to be done.
        Careful,
        /// Something does not work.
        Trouble,
    }

    /// What is typed into a field.
    pub enum FieldPurpose = liangma_screens::FieldPurpose {
        /// A person's name.
        Name,
        /// The number of an identity document.
        DocumentNumber,
        /// A phone number.
        Phone,
        /// A code that came by message.
        OneTimeCode,
        /// A number.
        Number,
        /// Free text.
        Text,
    }

    /// One thing that can be chosen.
    pub struct Choosable = liangma_screens::Choosable {
        /// Its name in events.
        pub id: String,
        /// What it says.
        pub label: String,
    }

    /// How much a button stands out.
    pub enum Rank = liangma_screens::Rank {
        /// The way on; one on a screen.
        Primary,
        /// Another way.
        Secondary,
        /// A way beside.
        Quiet,
        /// Destroys something.
        Destructive,
    }

    /// A button inside another widget.
    pub struct Action = liangma_screens::Action {
        /// Its name in events.
        pub id: String,
        /// What it says.
        pub label: String,
    }

    /// Where a link leads.
    pub enum Target = liangma_screens::Target {
        /// A phone call.
        Call {
            /// The number.
            number: String,
            /// When somebody answers.
            hours: String,
            /// The way for those who do not hear or speak.
            text_alternative: String,
        },
        /// A page outside the program.
        Page {
            /// Its https address.
            address: String,
        },
    }

    /// Where the person likes the code on the card's screen.
    pub enum CodePosition = liangma_screens::CodePosition {
        /// At the upper edge.
        Top,
        /// In the middle.
        Middle,
        /// At the lower edge, near the thumb.
        Bottom,
        /// Turned upside down, for somebody opposite.
        Turned,
    }

    /// A small fact.
    pub struct Tile = liangma_screens::Tile {
        /// What it is about.
        pub name: String,
        /// What it says.
        pub value: String,
        /// How old it is, where that matters.
        pub age: Option<String>,
    }

    /// A row of a list.
    pub struct Row = liangma_screens::Row {
        /// Its name in events.
        pub id: String,
        /// What it says.
        pub title: String,
        /// More of it.
        pub detail: Option<String>,
        /// Where it stands.
        pub status: Option<String>,
        /// What pressing it does, in words; a row without is not pressed.
        pub action: Option<String>,
    }

    /// An entry of a timeline.
    pub struct TimelineEntry = liangma_screens::TimelineEntry {
        /// What happened, or will.
        pub what: String,
        /// Who does it.
        pub office: String,
        /// When, in the person's words.
        pub at: String,
        /// Whether it has happened.
        pub done: bool,
    }

    /// A file that goes along.
    pub struct Attachment = liangma_screens::Attachment {
        /// Its name in events; pressing `{id}.remove` takes it away.
        pub id: String,
        /// What it is called.
        pub label: String,
        /// Per cent that arrived.
        pub percent: u8,
    }
}
