//! Runs a story: each act through the registrar, the invariants after each, the stranger's audit at
//! the end.

use std::path::Path;

use ledger::audit::{Expected, audit, invariants};
use ledger::store::Target;

use super::sentence::Said;
use super::world::{Outcome, World};
use super::{Part, Step, Story, acts, checks, keys, money};
use crate::{StoredLog, parted};

/// Runs a story in a new book on that engine; keys go to `data`.
///
/// # Errors
/// The first sentence that is not understood or does not hold, as `file:line: what`.
pub async fn run(story: &Story, target: &Target, data: &Path) -> Result<(), String> {
    let mut world = World::new(target.clone(), data.to_owned());
    for (at, step) in story.steps.iter().enumerate() {
        let place = |what: String| format!("{}:{}: {what}", story.file.display(), step.line);
        tell(&mut world, step).await.map_err(place)?;
        let next = story.steps.get(at + 1);
        let answered = next.is_some_and(|next| checks::is_a_refusal(&next.text));
        match &world.outcome {
            Outcome::Refused(sentence) if step.part == Part::Act && !answered => {
                return Err(place(format!("refused, and the story does not say so: {sentence}")));
            }
            _ => {}
        }
    }
    let last = story.steps.last().map_or(0, |step| step.line);
    let place = |what: String| format!("{}:{last}: at the end: {what}", story.file.display());
    end(&mut world, target).await.map_err(place)
}

async fn tell(world: &mut World, step: &Step) -> Result<(), String> {
    let unknown = || format!("no form reads this sentence: {}", step.text);
    match step.part {
        Part::Act => {
            let mut forms = acts::FORMS.iter().chain(keys::FORMS).chain(money::FORMS);
            let known = forms.find_map(|(form, build)| {
                Said::by(form, &step.text, &step.table).map(|said| (said, build))
            });
            let (mut said, build) = known.ok_or_else(unknown)?;
            let act = build(world, &mut said)?;
            said.all_read()?;
            world.perform(act).await?;
            let head = world.head();
            if matches!(world.outcome, Outcome::Refused(_)) && head != world.before {
                return Err(format!(
                    "refused, yet the log went from {:?} to {head:?}",
                    world.before
                ));
            }
            if head.0 == 0 {
                return Ok(());
            }
            world.see(invariants)?.map_err(|broken| broken.to_string())
        }
        Part::Check => {
            let known = checks::FORMS.iter().find_map(|(form, check)| {
                Said::by(form, &step.text, &step.table).map(|said| (said, check))
            });
            let (mut said, check) = known.ok_or_else(unknown)?;
            world.ask_proofs().await?;
            world.look_into_the_vault().await?;
            check(world, &mut said)?;
            said.all_read()
        }
    }
}

/// A restart changes nothing, and a stranger finds the same state from the rows alone.
async fn end(world: &mut World, target: &Target) -> Result<(), String> {
    let told = world.see(|state| format!("{state:?}"))?;
    let head = world.head();
    world.perform(super::world::Act::Restart).await?;
    if world.head() != head || world.see(|state| format!("{state:?}"))? != told {
        return Err("a restart gives another state".into());
    }
    let log = StoredLog::read(target).await?;
    let report = audit(&log, &Expected::default()).map_err(|error| error.to_string())?;
    if (report.leaves, format!("{:?}", report.state.as_ref())) != (head.0, format!("Some({told})"))
    {
        return Err("the audit finds another state".into());
    }
    let leaves = log.leaves.len();
    parted::same_from(&log.leaves, |size| size == leaves || size == leaves / 2)?;
    Ok(())
}
