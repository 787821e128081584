//! The portal called without a network: a router, and browsers that keep cookies and fill forms in.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use ledger::authority::{EnrolKey, Role};
use ledger::command::Command;
use ledger::log::SigningKey;
use tower::ServiceExt as _;
use web::{App, Config};

use crate::{Coop, key};

/// Where the test portal believes it is: printed in QR codes.
pub const BASE_URL: &str = "https://parts.exemple.coop";

/// The separator of our multipart forms.
const BOUNDARY: &str = "----------------------------un-formulaire";

/// The portal of an example cooperative.
pub struct Site {
    /// The book behind the pages.
    pub coop: Coop,
    config: Config,
    router: Router,
}

impl Site {
    /// The portal of that book, as a real cooperative's: no demonstration, leaves not public.
    pub fn of(coop: Coop) -> Self {
        let config = Config {
            base_url: BASE_URL.into(),
            secure_cookies: false,
            entries_open: false,
            session_hours: 12,
            decided_by: "le conseil d’administration".into(),
            demo: None,
        };
        Self::with(coop, config)
    }

    /// The same portal with leaves that anybody may read.
    pub fn open_to_all(coop: Coop) -> Self {
        let Self { coop, config, .. } = Self::of(coop);
        Self::with(coop, Config { entries_open: true, ..config })
    }

    fn with(coop: Coop, config: Config) -> Self {
        let app = App { registrar: coop.registrar.clone(), config: config.clone() };
        Self { coop, config, router: web::build(app) }
    }

    /// Stops the portal and its book, and starts both again from what is stored.
    pub async fn restart(self) -> Self {
        let Self { coop, config, router } = self;
        drop(router);
        Self::with(coop.restart().await, config)
    }

    /// How many leaves the book has.
    pub fn size(&self) -> u64 {
        self.coop.registrar.book().size()
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser { door: Door::Router(self.router.clone()), cookies: BTreeMap::new() }
    }

    /// A browser signed in with the key of an office.
    pub async fn office(&self, name: &str) -> Browser {
        self.signed_in(self.coop.key(name)).await
    }

    /// A browser signed in with that key.
    pub async fn signed_in(&self, key: &SigningKey) -> Browser {
        let mut browser = self.browser();
        let answer = browser.enters(key).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.words());
        browser
    }

    /// Enrols an auditor, and gives the key.
    pub async fn auditor(&self) -> SigningKey {
        let auditor = key("controle", 42);
        let ask =
            EnrolKey { holder: "contrôle".into(), role: Role::Auditor, vkey: auditor.vkey() };
        let keys = [&auditor, self.coop.key("admin-1"), self.coop.key("admin-2")];
        let done = self.coop.registrar.perform(Command::EnrolKey(ask), Vec::new(), &keys).await;
        done.expect("the auditor is enrolled");
        auditor
    }
}

/// What the portal answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The page as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// What a reader sees of the page, between its menu and its foot: for a failed test's message.
    pub fn words(&self) -> String {
        let page = self.text();
        let inside = page.split("<main").nth(1).and_then(|rest| rest.split("</main>").next());
        let pieces = inside.unwrap_or(&page).split('<').filter_map(|piece| piece.split('>').nth(1));
        let seen = pieces.collect::<Vec<_>>().join(" ");
        unescaped(&seen).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether the page's source holds those words; a space that does not break is a space.
    pub fn says(&self, words: &str) -> bool {
        with_plain_spaces(&unescaped(&self.text())).contains(&with_plain_spaces(words))
    }

    /// A header, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where the answer sends to.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The value of the first field of that name on the page.
    pub fn field(&self, name: &str) -> Option<String> {
        let page = self.text();
        let (_, rest) = page.split_once(&format!(" name=\"{name}\" value=\""))?;
        rest.split_once('"').map(|(value, _)| unescaped(value))
    }

    /// The error shown beside a field.
    pub fn error_at(&self, name: &str) -> Option<String> {
        let page = self.text();
        let (_, rest) = page.split_once(&format!("<span class=\"error\" id=\"{name}-erreur\">"))?;
        rest.split_once('<').map(|(words, _)| unescaped(words))
    }

    /// The texts to sign.
    pub fn texts(&self) -> Vec<String> {
        let page = self.text();
        let found = page.split("<pre data-text>").skip(1);
        found
            .filter_map(|rest| rest.split_once("</pre>"))
            .map(|(text, _)| unescaped(text))
            .collect()
    }

    /// Every address of the portal that the page links to.
    pub fn links(&self) -> Vec<String> {
        let page = self.text();
        let found = page.split(" href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        let found = found.map(|(address, _)| unescaped(address));
        found.filter(|address| address.starts_with('/')).collect()
    }

    /// The first link that starts so.
    pub fn link(&self, start: &str) -> String {
        let found = self.links().into_iter().find(|address| address.starts_with(start));
        found.ok_or_else(|| self.text()).expect("a link on the page")
    }
}

/// Where a browser finds the portal.
#[derive(Clone, Debug)]
enum Door {
    /// In this process.
    Router(Router),
    /// On a port of this machine.
    Port(u16),
}

/// One visitor's browser: it keeps cookies and sends them back.
#[derive(Clone, Debug)]
pub struct Browser {
    door: Door,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A browser before a portal that runs as a process of its own; an answer of status 502 stands for
    /// none.
    pub fn on_port(port: u16) -> Self {
        Self { door: Door::Port(port), cookies: BTreeMap::new() }
    }

    /// The same browser, before another portal of the same book.
    pub fn moves_to_port(&mut self, port: u16) {
        self.door = Door::Port(port);
    }

    /// The same browser, before a portal that was started again.
    pub fn moves_to(&mut self, site: &Site) {
        self.door = Door::Router(site.router.clone());
    }

    /// Leaves the portal that is about to stop.
    pub fn waits(&mut self) {
        self.door = Door::Router(Router::new());
    }

    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    /// Asks for a page as a client that takes these encodings.
    pub async fn get_encoded(&mut self, path: &str, encodings: &str) -> Answer {
        let header = (header::ACCEPT_ENCODING, encodings.to_owned());
        self.send(Method::GET, path, Some(header), Vec::new()).await
    }

    /// Sends a form as it is, with whatever proof the fields hold.
    pub async fn post_as_is(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = (header::CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned());
        self.send(Method::POST, path, Some(form), url_encoded(fields).into_bytes()).await
    }

    /// Sends a form with the proof that the portal's own pages put in it.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().await;
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.post_as_is(path, &fields).await
    }

    /// Sends a file in the field `fichier`, and other fields.
    pub async fn upload(&mut self, path: &str, file: &[u8], fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().await;
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.upload_as_is(path, file, &fields).await
    }

    /// Sends a file with whatever proof the fields hold.
    pub async fn upload_as_is(
        &mut self,
        path: &str,
        file: &[u8],
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend(part.into_bytes());
        }
        let start = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"fichier\"; \
             filename=\"fichier\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(start.into_bytes());
        body.extend(file);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        let form = (header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        self.send(Method::POST, path, Some(form), body).await
    }

    /// The proof that a form is ours, as a page shows it to this browser.
    pub async fn csrf(&mut self) -> String {
        let page = self.get("/connexion").await;
        let unanswered = page.status.is_server_error();
        page.field("csrf").or(unanswered.then(String::new)).expect("a form on the page")
    }

    /// Signs in with a key: the portal's challenge, signed.
    pub async fn enters(&mut self, key: &SigningKey) -> Answer {
        let page = self.get("/connexion").await;
        let challenge = page.field("challenge").expect("a challenge");
        let line = signed(key, &page.texts());
        self.post("/connexion", &[("challenge", &challenge), ("signatures", &line)]).await
    }

    /// Signs every text of a page with a key, and sends the signatures where the page is.
    pub async fn signs(&mut self, path: &str, key: &SigningKey) -> Answer {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.words());
        let lines = signed(key, &page.texts());
        self.post(path, &[("signatures", &lines)]).await
    }

    /// The value of a cookie that this browser keeps.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        more: Option<(header::HeaderName, String)>,
        body: Vec<u8>,
    ) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut request = Request::builder().method(method).uri(path);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some((name, value)) = more {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let answer = match self.door.clone() {
            Door::Router(router) => {
                let (parts, body) = router.oneshot(request).await.expect("an answer").into_parts();
                let bytes = to_bytes(body, usize::MAX).await.expect("its bytes").to_vec();
                Answer { status: parts.status, headers: parts.headers, bytes }
            }
            Door::Port(port) => over_the_wire(port, request).await,
        };
        for line in answer.headers.get_all(header::SET_COOKIE) {
            self.keeps(line.to_str().expect("a cookie in ASCII"));
        }
        answer
    }

    fn keeps(&mut self, line: &str) {
        let (name, value) =
            line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        if line.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Asks a portal on a port of this machine.
async fn over_the_wire(port: u16, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("its bytes");
    let mut bytes = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri).into_bytes();
    for (name, value) in &parts.headers {
        bytes.extend(format!("{name}: {}\r\n", value.to_str().expect("ASCII")).into_bytes());
    }
    let rest = format!(
        "host: 127.0.0.1:{port}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    bytes.extend(rest.into_bytes());
    bytes.extend(&body);
    let asked = tokio::task::spawn_blocking(move || ask(port, &bytes));
    let answer = asked.await.expect("it is asked").ok().as_deref().and_then(read_answer);
    answer.unwrap_or(Answer {
        status: StatusCode::BAD_GATEWAY,
        headers: HeaderMap::new(),
        bytes: Vec::new(),
    })
}

fn ask(port: u16, question: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::{Read, Write};
    let patience = Some(std::time::Duration::from_secs(8));
    let mut stream = std::net::TcpStream::connect((std::net::Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(patience)?;
    stream.set_write_timeout(patience)?;
    stream.write_all(question)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// Nothing when the answer was cut short.
fn read_answer(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse::<u16>().ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let name = header::HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, header::HeaderValue::from_str(value).ok()?);
    }
    let body = bytes.get(end + 4..)?.to_vec();
    let whole = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if whole.is_some_and(|length| length.parse() != Ok(body.len())) {
        return None;
    }
    Some(Answer { status: StatusCode::from_u16(status).ok()?, headers, bytes: body })
}

/// One signature line a text.
pub fn signed(key: &SigningKey, texts: &[String]) -> String {
    let lines = texts.iter().map(|text| key.sign_text(text).expect("a signature").to_string());
    lines.collect::<Vec<_>>().join("\n")
}

fn url_encoded(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        text.bytes().fold(String::new(), |out, byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out + &char::from(byte).to_string(),
            _ => out + &format!("%{byte:02X}"),
        })
    };
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn with_plain_spaces(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// Text as a reader sees it, from the page's source.
fn unescaped(text: &str) -> String {
    let marks = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    marks.iter().fold(text.to_owned(), |text, (mark, sign)| text.replace(mark, sign))
}
