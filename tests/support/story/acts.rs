//! What a story can do about the book, its keys, its places, members and shares.

use ledger::authority::{EnrolKey, RevokeKey, Role};
use ledger::base::{
    BankRef, Capacity, CategoryId, CollegeId, DecisionRef, Iban, LeafIndex, MemberRef, ShareCount,
    SquareMetres, SubscriptionRef, in_words,
};
use ledger::command::Command;
use ledger::documents::{Template, template_digest};
use ledger::log::SigningKey;
use ledger::members::{Apply, ErasureReason, PersonKind};
use ledger::pooling::{PlaceStatus, RegisterPlace};
use ledger::registrar::{digests, disclose};
use ledger::shares::{AllotShares, DeclineSubscription, FormEvidence, IssueCertificate, Subscribe};
use ledger::treasury::OpenBankAccount;

use super::keys;
use super::sentence::{Said, names, signers};
use super::world::{Act, Asked, World};
use crate::{IBAN, ORIGIN, bits, digest, field_named, identity};

/// How a sentence becomes an act.
pub(super) type Build = fn(&mut World, &mut Said) -> Result<Act, String>;

/// The sentences about the book, its keys, places, members and shares.
pub(super) const FORMS: &[(&str, Build)] = &[
    ("le livre est ouvert le {} à la suite d’un autre journal", |_, said| {
        Ok(Act::OpenAfterAnother(said.day()?))
    }),
    ("le livre est ouvert le {}", |_, said| Ok(Act::Open(said.day()?))),
    ("nous sommes le {}", |_, said| Ok(Act::Today(said.day()?))),
    ("le portail redémarre", |_, _| Ok(Act::Restart)),
    ("le compte bancaire est déclaré", bank_account),
    ("les administrateurs révoquent la clé « {} »{,}", revoke),
    ("les administrateurs inscrivent la clé « {} »{,}", enrol),
    ("le lieu « {} » ouvre au {}, {} {}, avec {} m² pour {} personnes", place),
    ("{} lieux ouvrent, de « {} 1 » à « {} »", many_places),
    ("« {} » ({}) souscrit {} parts dans la catégorie « {} »{,}", join),
    ("« {} » ({}) souscrit 1 part dans la catégorie « {} »{,}", join_one),
    ("« {} » souscrit encore {} parts{,}", subscribe_again),
    ("{} admettent et attribuent les parts de {}{,}", allot),
    ("{} admet et attribue les parts de {}{,}", allot),
    ("{} rejettent la souscription de « {} »", decline),
    ("{} délivre l’attestation de « {} »{,}", certificate),
    ("{} effacent « {} »{,}", erase),
    ("{} efface « {} »{,}", erase),
];

fn bank_account(world: &mut World, _: &mut Said) -> Result<Act, String> {
    let ask = OpenBankAccount {
        account: BankRef::from_random(bits(1)),
        iban: Iban::parse(IBAN).map_err(|error| error.to_string())?,
        bic: "AGRIFRPP".into(),
        label: "Compte courant".into(),
    };
    world.asked(Command::OpenBankAccount(ask), &["tresor"])
}

fn revoke(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let key_name = format!("{ORIGIN}/k/{}", said.next());
    let from = said.clause_of("en doute depuis la feuille {}");
    let from = from.map(|text| super::sentence::number(&text).map(LeafIndex::new)).transpose()?;
    let ask = RevokeKey { key_name, reason: "fin de mandat".into(), suspect_from: from };
    let signers = keys::administrators(said);
    world.asked(Command::RevokeKey(ask), &signers)
}

fn enrol(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let holder = said.next();
    let key = match said.clause("avec la clé publique de « {} »") {
        Some(of) => world.signer(of.first().map_or("", String::as_str))?,
        None => world.new_signer(&holder),
    };
    let role = match said.clause("comme administrateur") {
        Some(_) => Role::Admin,
        None => Role::Officer,
    };
    // A second key of one person, kept on paper, bears the holder of the first.
    let holder = said.clause_of("au nom de « {} »").unwrap_or(holder);
    let ask = EnrolKey { holder, role, vkey: key.vkey() };
    let mut keys = vec![key];
    for name in keys::administrators(said) {
        keys.push(world.signer(name)?);
    }
    let command = Command::EnrolKey(ask);
    Ok(Act::Submit(vec![Asked { command, private: Vec::new(), keys }]))
}

fn place(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let name = said.next();
    let ask = RegisterPlace {
        place: world.new_place(&name),
        name: long(&name),
        street: said.next(),
        postcode: said.next(),
        town: said.next(),
        surface: SquareMetres::new(said.number()?),
        capacity: Capacity::new(said.number()?),
        status: PlaceStatus::Open,
        member: None,
    };
    world.asked(Command::RegisterPlace(ask), &["bureau-1"])
}

/// « (200 fois a) » stands for a text that nobody would type.
pub(super) fn long(text: &str) -> String {
    let repeated = super::sentence::blanks("({} fois {})", text);
    match repeated.as_deref() {
        Some([times, sign]) => sign.repeat(times.parse().unwrap_or(0)),
        _ => text.to_owned(),
    }
}

fn many_places(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (count, base): (u16, String) = (said.number()?, said.next());
    let mut all = Vec::new();
    for number in 1..=count {
        let name = format!("{base} {number}");
        let ask = RegisterPlace {
            place: world.new_place(&name),
            name,
            street: format!("{number} rue des Communs"),
            postcode: "59000".into(),
            town: "Lille".into(),
            surface: SquareMetres::new(200),
            capacity: Capacity::new(30),
            status: PlaceStatus::Open,
            member: None,
        };
        let (command, keys) = (Command::RegisterPlace(ask), vec![world.signer("bureau-1")?]);
        all.push(Asked { command, private: Vec::new(), keys });
    }
    Ok(Act::Submit(all))
}

fn person(text: &str) -> Result<PersonKind, String> {
    let all =
        [PersonKind::Natural, PersonKind::Company, PersonKind::Association, PersonKind::PublicBody];
    let found = all.into_iter().find(|kind| kind.label() == text);
    found.ok_or_else(|| format!("« {text} » is no kind of person"))
}

/// The category of that label, or a slug that the bylaws may not know.
fn category(world: &World, label: &str) -> Result<CategoryId, String> {
    let known = world.see(|state| {
        let bylaws = state.registers.authority.bylaws()?;
        bylaws.categories.iter().find(|row| row.label == label).map(|row| row.id.clone())
    })?;
    known.map_or_else(|| CategoryId::parse(label).map_err(|error| error.to_string()), Ok)
}

fn join(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (name, kind, count) = (said.next(), said.next(), said.number()?);
    let category = said.next();
    join_as(world, said, (&name, &kind, &category), count)
}

fn join_one(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (name, kind, category) = (said.next(), said.next(), said.next());
    join_as(world, said, (&name, &kind, &category), 1)
}

fn join_as(
    world: &mut World,
    said: &mut Said,
    (name, kind, label): (&str, &str, &str),
    count: u32,
) -> Result<Act, String> {
    let person = person(kind)?;
    let mandate = match said.clause_of("avec une délibération de {} caractères") {
        Some(length) => Some("d".repeat(super::sentence::number(&length)?)),
        None if said.clause("sans délibération").is_some() => None,
        None => (person != PersonKind::Natural).then(|| "délibération n° 4".into()),
    };
    let mut fields = identity(person);
    while let Some(missing) = said.clause_of("sans sa {}").or_else(|| said.clause_of("sans ses {}"))
    {
        let field = field_named(&missing).ok_or_else(|| format!("no field « {missing} »"))?;
        fields.retain(|(name, _)| *name != field);
    }
    let member = world.new_member(name);
    let private = disclose(member.as_str(), &fields).map_err(|error| error.to_string())?;
    let (own, signer_vkey) = own_key(world, said, &member)?;
    let apply = Apply {
        member: member.clone(),
        person,
        category: category(world, label)?,
        mandate,
        fields: fields.iter().map(|(name, _)| (*name).to_owned()).collect(),
        sd: digests(&private),
        signer_vkey: signer_vkey.clone(),
    };
    let subscribe = subscription(world, said, (name, member, count), signer_vkey)?;
    let command = Command::Join(apply, subscribe);
    Ok(Act::Submit(vec![Asked { command, private, keys: signing(world, said, own)? }]))
}

/// The resident's own key, when one signs: its signing half and what the leaf presents.
fn own_key(
    world: &World,
    said: &mut Said,
    member: &MemberRef,
) -> Result<(Option<SigningKey>, Option<String>), String> {
    let pseudonym: String = member.as_str().chars().skip(2).collect();
    let key = if said.clause("en signant de sa propre clé").is_some() {
        Some(crate::key(&pseudonym, 70))
    } else if let Some(office) = said.clause_of("sous le nom de clé « {} »") {
        Some(crate::key(&office, 71))
    } else if let Some(office) = said.clause_of("avec la clé publique de « {} »") {
        let file = world.signer(&office)?.to_file_text();
        // The same secret under another name: what a thief of the public key would present.
        Some(renamed(&file, &format!("{ORIGIN}/k/{pseudonym}"))?)
    } else {
        None
    };
    let vkey = key.as_ref().map(SigningKey::vkey);
    Ok((key, vkey))
}

/// The key of an office of the test cooperative under another name: seeds are known here.
fn renamed(file: &str, name: &str) -> Result<SigningKey, String> {
    let seed = crate::OFFICES
        .iter()
        .find(|(office, ..)| file.contains(&format!("/k/{office}+")))
        .map(|(_, _, seed)| *seed)
        .ok_or("only the offices of the test cooperative can be borrowed")?;
    SigningKey::generate(name, [seed; 32]).map_err(|error| error.to_string())
}

/// The desk signs what residents do, unless the story says who does.
fn signing(
    world: &World,
    said: &mut Said,
    own: Option<SigningKey>,
) -> Result<Vec<SigningKey>, String> {
    let office = said.clause_of("avec la signature de {}").unwrap_or_else(|| "guichet".into());
    let named: Result<Vec<_>, _> = signers(&office).iter().map(|name| world.signer(name)).collect();
    Ok(own.into_iter().chain(named?).collect())
}

fn subscription(
    world: &mut World,
    said: &mut Said,
    (name, member, count): (&str, MemberRef, u32),
    signer_vkey: Option<String>,
) -> Result<Subscribe, String> {
    let place = said.clause_of("pour le lieu « {} »");
    let mut place = place.map(|place| world.place(&place)).transpose()?;
    if said.clause("pour un lieu que personne n’a enregistré").is_some() {
        place = Some(world.new_place("un lieu que personne n’a enregistré"));
    }
    let words = match said.clause("sans le nombre en toutes lettres") {
        Some(_) => String::new(),
        None => said.clause_of("en écrivant « {} »").unwrap_or_else(|| in_words(count)),
    };
    Ok(Subscribe {
        subscription: world.new_subscription(name),
        member,
        count: ShareCount::new(count),
        place,
        on: world.today()?,
        form: FormEvidence {
            evidence_sha256: digest(1),
            in_words: words,
            pdf_sha256: digest(2),
            template_sha256: template_digest(Template::SubscriptionForm20260101),
        },
        signer_vkey,
    })
}

fn subscribe_again(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (name, count) = (said.next(), said.number()?);
    // Somebody who never applied has a pseudonym all the same.
    let member = world.member(&name).unwrap_or_else(|_| world.new_member(&name));
    let subscribe = subscription(world, said, (&name, member, count), None)?;
    let keys = signing(world, said, None)?;
    let command = Command::Subscribe(subscribe);
    Ok(Act::Submit(vec![Asked { command, private: Vec::new(), keys }]))
}

/// The board's decision of today, unless the story words or dates it.
pub(super) fn decision(world: &World, said: &mut Said) -> Result<DecisionRef, String> {
    let mut decision = crate::decision(world.today()?);
    if let Some(label) = said.clause_of("par la décision « {} »") {
        decision.label = long(&label);
    }
    if let Some(on) = said.clause_of("par une décision du {}") {
        decision.on = super::sentence::day(&on)?;
    }
    Ok(decision)
}

fn allot(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (signers, who) = (signers(&said.next()), names(&said.next()));
    let decision = decision(world, said)?;
    let mut colleges = Vec::new();
    while let Some(held) = said.clause("« {} » au collège « {} »") {
        let [name, college] = held.as_slice() else { return Err("a name and a college".into()) };
        let college = CollegeId::parse(college).map_err(|error| error.to_string())?;
        colleges.push((world.member(name)?, college));
    }
    let subscriptions: Result<Vec<SubscriptionRef>, String> =
        who.iter().map(|name| world.subscription(name)).collect();
    // A subscription that nobody signed has a reference all the same.
    let subscriptions = match subscriptions {
        Ok(known) => known,
        Err(_) => who.iter().map(|name| world.new_subscription(name)).collect(),
    };
    let ask = AllotShares { subscriptions, colleges, decision };
    let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
    world.asked(Command::AllotShares(ask), &signers)
}

fn decline(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let signers = signers(&said.next());
    let subscription = world.subscription(&said.next())?;
    let ask = DeclineSubscription { subscription, decision: decision(world, said)? };
    let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
    world.asked(Command::DeclineSubscription(ask), &signers)
}

fn certificate(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let (signer, name) = (said.next(), said.next());
    let on = said.clause_of("à la date du {}").map(|on| super::sentence::day(&on)).transpose()?;
    let ask = IssueCertificate {
        certificate: world.new_certificate(&name),
        member: world.member(&name)?,
        on: on.map_or_else(|| world.today(), Ok)?,
        template_sha256: template_digest(Template::Certificate20260101),
    };
    world.asked(Command::IssueCertificate(ask), &[signer.trim_start_matches("le ")])
}

fn erase(world: &mut World, said: &mut Said) -> Result<Act, String> {
    let signers = signers(&said.next());
    // Somebody who never applied has a pseudonym all the same.
    let name = said.next();
    let member = world.member(&name).unwrap_or_else(|_| world.new_member(&name));
    let reason = match said.clause("la durée de conservation étant écoulée") {
        Some(_) => ErasureReason::NoLongerNeeded,
        None => ErasureReason::Requested,
    };
    let keys: Result<Vec<_>, _> = signers.iter().map(|name| world.signer(name)).collect();
    Ok(Act::Erase(member, reason, keys?))
}
