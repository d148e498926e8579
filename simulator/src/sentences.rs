//! What a collector says and does for each answer of a check.
//!
//! Every answer has a sentence to say and a thing to do, no answer accuses anybody, and no dead end
//! is without a way to pass: registering with the identity card.

/// What to say and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// To say, in Chinese.
    pub(crate) say: &'static str,
    /// The same in English.
    pub(crate) say_in_english: &'static str,
    /// What the collector does.
    pub(crate) act: &'static str,
}

/// Genuine, live and admitted.
pub(crate) const COME_IN: Sentence = Sentence {
    say: "请进",
    say_in_english: "please come in",
    act: "let the person in",
};
/// Genuine and live, admitted with measures.
pub(crate) const COME_IN_WITH_MEASURES: Sentence = Sentence {
    say: "请进,请按这里的要求做",
    say_in_english: "please come in, and do as this place asks",
    act: "let the person in with the measures named above",
};
/// Genuine and live, not admitted at this place.
pub(crate) const STEP_ASIDE: Sentence = Sentence {
    say: "请到旁边,我帮您看下一步",
    say_in_english: "please step aside; I will help you with the next step",
    act: "do not let the person in here and never detain anybody; call the officer named at this place; urgent medical care stays open (120)",
};
/// Its hour has passed.
pub(crate) const GO_ONLINE: Sentence = Sentence {
    say: "请连网刷新",
    say_in_english: "please go online and refresh",
    act: "offer the venue's network; without one, register with the identity card",
};
/// Not live.
pub(crate) const SHOW_AGAIN: Sentence = Sentence {
    say: "请刷新再亮一次",
    say_in_english: "please refresh and show it again",
    act: "scan again after 15 seconds: one that stands still is a copy (register with the identity card); one that has moved on is a phone with a wrong clock, or a copy played on: compare the identity card",
};
/// The phone has no clock it trusts.
pub(crate) const NO_CLOCK: Sentence = Sentence {
    say: "请刷新再亮一次",
    say_in_english: "please refresh and show it again",
    act: "the phone does not know the time: offer the venue's network, or compare the identity card and register",
};
/// From the future.
pub(crate) const CLOCKS_DIFFER: Sentence = Sentence {
    say: "请刷新再亮一次",
    say_in_english: "please refresh and show it again",
    act: "the two clocks differ: check the clock of this device first, then compare the identity card",
};
/// Recalled.
pub(crate) const STATUS_CHANGED: Sentence = Sentence {
    say: "状态有更新,请打开看看",
    say_in_english: "your status was updated, please open it and look",
    act: "wait for the new code; without a network, register with the identity card",
};
/// Some other code.
pub(crate) const ANOTHER_CODE: Sentence = Sentence {
    say: "这像是别的码",
    say_in_english: "this looks like another kind of code",
    act: "often it is a payment code: keep nothing of it and ask for the health code",
};
/// Cut off or mistyped.
pub(crate) const CLEAN_SCREEN: Sentence = Sentence {
    say: "请擦屏幕或放大",
    say_in_english: "please wipe the screen or enlarge the code",
    act: "scan again; if it stays unreadable, register with the identity card",
};
/// A version that this checker does not know.
pub(crate) const NEWER_CODE: Sentence = Sentence {
    say: "请稍等,我登记一下",
    say_in_english: "one moment, I will register you",
    act: "this checker is older than the code: update it, and until then register with the identity card",
};
/// An issuer that is not in the lists.
pub(crate) const UNKNOWN_ISSUER: Sentence = Sentence {
    say: "请稍等,我登记一下",
    say_in_english: "one moment, I will register you",
    act: "the issuer is not in this trust list: fetch the newest list; until then register with the identity card",
};
/// A signature that does not hold.
pub(crate) const REGISTER: Sentence = Sentence {
    say: "请到旁边,我帮您登记",
    say_in_english: "please step aside; I will register you",
    act: "do not accept this code and accuse nobody: register with the identity card and report the case upward",
};
/// The checker's own clock is in doubt.
pub(crate) const OWN_CLOCK: Sentence = Sentence {
    say: "请出示身份证",
    say_in_english: "please show your identity card",
    act: "the clock of this device is in doubt: set it, and until then compare the identity card",
};
