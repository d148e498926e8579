use liangma_domain::{
    profile::{Admission, Measure, RegionProfile},
    venue::{AlertLevel, VenueClass},
};

use crate::{Checked, Verdict};

/// What a place answers to a code that was checked, by the admission table of its region's profile.
///
/// `None` when the table has no say: the code is not genuine and live, or it is of a region that this
/// profile does not recognise. Then the person registers instead. Of a group, the worst of its own
/// colour and those of all its members counts. With a clock in doubt nobody is simply let in: the identity document is looked at.
#[must_use]
pub fn admit(
    checked: &Checked,
    profile: &RegionProfile,
    venue: VenueClass,
    alert: AlertLevel,
) -> Option<Admission> {
    let shown = checked.shown.as_ref()?;
    let recognised =
        shown.region == *profile.region() || profile.recognition().regions.contains(&shown.region);
    if checked.verdict != Verdict::Genuine || !recognised {
        return None;
    }
    let colours = shown.members.iter().map(|member| member.colour);
    let colour = profile.colours().worst(colours.chain([shown.colour]))?;
    let admission = profile.admission(colour, venue, alert);
    Some(match admission {
        Admission::Admit if checked.flags.clock_in_doubt => Admission::Restrict {
            measures: vec![Measure::ShowIdentityDocument],
        },
        admission => admission,
    })
}
