//! What comes from the server: answers go to their requests, everything else to the client as it is.

use std::rc::Rc;

use hyper::body::Bytes;

use crate::bridge::flight::{Flight, is_modern};
use crate::bridge::message::{Call, Kind, Message};
use crate::bridge::relay::Relay;
use crate::bridge::tools::Page;

/// What became of a message of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// It is written, or an answer that comes too late.
    Relayed,
    /// It is an answer to no request.
    Stranger,
}

impl Relay {
    /// Writes a message of the server, which came in answer to `flight` or on a stream of its own.
    pub(super) fn receive(&self, flight: Option<&Rc<Flight>>, message: &Message) -> Received {
        match message.kind() {
            Kind::Request(_) | Kind::Notification(_) => {
                if !flight.is_some_and(|flight| flight.is_modern() && flight.is_cancelled()) {
                    self.output.write(message.text().clone());
                }
                Received::Relayed
            }
            Kind::Response(reply) => {
                let Some(id) = &reply.id else { return Received::Stranger };
                let own = flight.filter(|flight| flight.open_message(id).is_some()).cloned();
                let Some(flight) = own.or_else(|| self.flights.find_sent(id)) else { return Received::Stranger };
                let text = self.learned(&flight, message);
                if flight.close(id) {
                    self.output.write(text);
                }
                Received::Relayed
            }
            Kind::Batch(messages) => self.receive_batch(flight, message, messages),
        }
    }

    /// An array: whole where all of its answers are to one batch of the client, but for those that have theirs or need none;
    /// else member by member.
    fn receive_batch(&self, flight: Option<&Rc<Flight>>, whole: &Message, members: &[Message]) -> Received {
        let ids: Vec<_> = members.iter().filter_map(|member| member.reply()?.id.as_ref()).collect();
        let is_answer = |flight: &&Rc<Flight>| {
            flight.is_batch()
                && ids.iter().any(|id| flight.open_message(id).is_some())
                && ids.iter().all(|id| flight.request(id).is_some())
        };
        if let Some(flight) = flight.filter(is_answer) {
            let is_open = |member: &&Message| {
                member.reply().and_then(|reply| reply.id.as_ref()).is_none_or(|id| flight.open_message(id).is_some())
            };
            let kept: Vec<_> = members.iter().filter(is_open).collect();
            let texts: Vec<_> = kept.iter().map(|member| self.learned(flight, member)).collect();
            let is_changed =
                kept.len() < members.len() || kept.iter().zip(&texts).any(|(member, text)| member.text() != text);
            for id in ids {
                flight.close(id);
            }
            let joined = || Bytes::from([b"[".as_slice(), &texts.join(&b','), b"]"].concat());
            self.output.write(if is_changed { joined() } else { whole.text().clone() });
            return Received::Relayed;
        }
        let all = members.iter().map(|member| self.receive(flight, member)).collect::<Vec<_>>();
        if all.contains(&Received::Relayed) { Received::Relayed } else { Received::Stranger }
    }

    /// Learns from an answer what later messages depend on. Returns it as the client gets it: of a list of tools, those that
    /// it may use.
    fn learned(&self, flight: &Flight, answer: &Message) -> Bytes {
        let text = answer.text();
        let Some(reply) = answer.reply().filter(|reply| reply.has_result) else { return text.clone() };
        let Some(request) = reply.id.as_ref().and_then(|id| flight.open_message(id)) else { return text.clone() };
        let Some(call) = request.call() else { return text.clone() };
        match call.method.as_str() {
            "initialize" => self.session.begin(request.clone(), flight.session_id(), protocol_version(answer)),
            "tools/list" => return self.list_tools(call, request, answer).text,
            _ => self.session.remember(call, request),
        }
        text.clone()
    }

    /// Takes note of the tools in `answer` to `request`.
    pub(super) fn list_tools(&self, call: &Call, request: &Message, answer: &Message) -> Page {
        let is_first = request.value_at(&["params", "cursor"]).is_none();
        let page = self.tools.borrow_mut().read(answer, is_first, is_modern(call));
        for line in &page.notices {
            self.notice(line);
        }
        page
    }
}

/// The revision in the result of `initialize`.
pub(super) fn protocol_version(answer: &Message) -> Option<String> {
    answer.string_at(&["result", "protocolVersion"])
}
