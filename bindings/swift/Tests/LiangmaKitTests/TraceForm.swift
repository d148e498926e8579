import LiangmaCore

/// JSON as the core writes it into traces: names in order of their bytes, two spaces a step.
indirect enum Json {
    case text(String), whole(UInt64), truth(Bool), nothing
    case list([Json]), object([String: Json])

    static func number(_ value: some UnsignedInteger) -> Json { .whole(UInt64(value)) }

    func form(indent: Int) -> String {
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch self {
        case .text(let text): return Json.quoted(text)
        case .whole(let number): return String(number)
        case .truth(let truth): return truth ? "true" : "false"
        case .nothing: return "null"
        case .list(let items):
            if items.isEmpty { return "[]" }
            let lines = items.map { inner + $0.form(indent: indent + 2) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
        case .object(let fields):
            if fields.isEmpty { return "{}" }
            let lines = fields.sorted { $0.key < $1.key }.map {
                "\(inner)\(Json.quoted($0.key)): \($0.value.form(indent: indent + 2))"
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

/// A type that has the core's form.
protocol Formed { var form: Json { get } }

extension String: Formed { var form: Json { .text(self) } }
extension Bool: Formed { var form: Json { .truth(self) } }
extension UInt8: Formed { var form: Json { .number(self) } }
extension UInt32: Formed { var form: Json { .number(self) } }
extension UInt64: Formed { var form: Json { .number(self) } }
extension Array: Formed where Element: Formed { var form: Json { .list(map(\.form)) } }
extension Optional: Formed where Wrapped: Formed { var form: Json { self?.form ?? .nothing } }

/// An object; a field without a value is left out.
private func object(_ fields: [String: (any Formed)?]) -> [String: Json] {
    var json: [String: Json] = [:]
    for case (let name, let value?) in fields { json[name] = value.form }
    return json
}

extension Screen: Formed {
    var form: Json {
        .object([
            "route": route.form, "title": title.form, "back": back.form, "presentation": presentation.form,
            "focus": focus.form, "capture": capture.form, "brightness": brightness.form,
            "keep_awake": keepAwake.form, "announcements": announcements.form, "haptic": haptic.form,
            "language": language.form, "view": view.form, "widgets": widgets.form,
        ])
    }
}

extension Back: Formed {
    var form: Json {
        switch self {
        case .pop: return "pop".form
        case .leave: return "leave".form
        case .held: return "held".form
        }
    }
}

extension Presentation: Formed {
    var form: Json {
        switch self {
        case .push: return "push".form
        case .replace: return "replace".form
        case .modal: return "modal".form
        }
    }
}

extension Brightness: Formed {
    var form: Json {
        switch self {
        case .asItIs: return .object(["level": "as_it_is".form])
        case .raised(let seconds, let low):
            return .object(["level": "raised".form, "seconds": seconds.form, "low_battery_percent": low.form])
        }
    }
}

extension Haptic: Formed {
    var form: Json {
        switch self {
        case .tick: return "tick".form
        }
    }
}

extension Language: Formed {
    var form: Json {
        switch self {
        case .zhHans: return "zh-Hans".form
        case .zhHant: return "zh-Hant".form
        case .en: return "en".form
        }
    }
}

extension GlassView: Formed {
    var form: Json {
        switch self {
        case .normal: return "normal".form
        case .care: return "care".form
        case .international: return "international".form
        }
    }
}

extension Widget: Formed {
    var form: Json {
        let (name, fields) = kind.named
        var json = fields
        json["kind"] = name.form
        json.merge(
            object([
                "id": id, "label": label, "spoken": spoken, "hint": hint, "why_not": whyNot, "error": error,
                "sensitive": sensitive ? true : nil,
            ])
        ) { _, common in common }
        return .object(json)
    }
}

extension Kind {
    /// The name of the kind and its own fields. It names every kind and has no default.
    var named: (String, [String: Json]) {
        switch self {
        case .heading(let level): return ("heading", object(["level": level]))
        case .text: return ("text", [:])
        case .longText: return ("long_text", [:])
        case .keyValue(let value): return ("key_value", object(["value": value]))
        case .disclosure(let open, let widgets): return ("disclosure", object(["open": open, "widgets": widgets]))
        case .notice(let tone, let act, let wayOut):
            return ("notice", ["tone": tone.form, "act": act.form, "way_out": wayOut.form])
        case .field(let purpose, let text, let revision, let longest, let multiline):
            return (
                "field",
                object([
                    "purpose": purpose, "text": text, "revision": revision, "longest": longest,
                    "multiline": multiline,
                ])
            )
        case .date(let value, let first, let last):
            return ("date", ["value": value.form, "first": first.form, "last": last.form])
        case .choice(let several, let searchable, let path, let options, let chosen):
            return (
                "choice",
                object([
                    "several": several, "searchable": searchable, "path": path, "options": options,
                    "chosen": chosen,
                ])
            )
        case .switch(let on): return ("switch", object(["on": on]))
        case .consent(let version, let text, let given):
            return ("consent", ["version": version.form, "text": text.form, "given": given.form])
        case .button(let rank): return ("button", object(["rank": rank]))
        case .link(let target): return ("link", object(["target": target]))
        case .codeCard(let position, let enlarged, let readingOrder):
            return (
                "code_card",
                object(["position": position, "enlarged": enlarged, "reading_order": readingOrder])
            )
        case .qr(let rows): return ("qr", object(["rows": rows]))
        case .pager(let items, let index): return ("pager", object(["items": items, "index": index]))
        case .tiles(let tiles): return ("tiles", object(["tiles": tiles]))
        case .list(let rows, let more): return ("list", object(["rows": rows, "more": more]))
        case .timeline(let entries): return ("timeline", object(["entries": entries]))
        case .section(let widgets): return ("section", object(["widgets": widgets]))
        case .picturePicker: return ("picture_picker", [:])
        case .attachments(let most, let items): return ("attachments", object(["most": most, "items": items]))
        case .progress(let cancel): return ("progress", ["cancel": cancel.form])
        case .handoff(let provider, let waiting):
            return ("handoff", object(["provider": provider, "waiting": waiting]))
        case .scanner(let torch): return ("scanner", object(["torch": torch]))
        case .verdict(let colour, let shape, let say, let act, let clearsAfter, let pulses):
            return (
                "verdict",
                [
                    "colour": colour.form, "shape": shape.form, "say": say.form, "act": act.form,
                    "clears_after": clearsAfter.form, "pulses": pulses.form,
                ]
            )
        case .countdown(let until, let milestones):
            return ("countdown", object(["until": until, "milestones": milestones]))
        case .sheet(let text, let confirm, let dismiss, let destructive):
            return (
                "sheet",
                object(["text": text, "confirm": confirm, "dismiss": dismiss, "destructive": destructive])
            )
        case .pinPad(let typed, let digits): return ("pin_pad", object(["typed": typed, "digits": digits]))
        case .batchRow(let text, let duplicate):
            return ("batch_row", object(["text": text, "duplicate": duplicate]))
        case .document(let mediaType, let fileName, let text):
            return ("document", object(["media_type": mediaType, "file_name": fileName, "text": text]))
        case .totals(let totals): return ("totals", object(["totals": totals]))
        case .chart(let points): return ("chart", object(["points": points]))
        }
    }
}

extension Tone: Formed {
    var form: Json {
        switch self {
        case .calm: return "calm".form
        case .careful: return "careful".form
        case .trouble: return "trouble".form
        }
    }
}

extension FieldPurpose: Formed {
    var form: Json {
        switch self {
        case .name: return "name".form
        case .documentNumber: return "document_number".form
        case .phone: return "phone".form
        case .oneTimeCode: return "one_time_code".form
        case .number: return "number".form
        case .text: return "text".form
        }
    }
}

extension Choosable: Formed { var form: Json { .object(object(["id": id, "label": label])) } }
extension Action: Formed { var form: Json { .object(object(["id": id, "label": label])) } }

extension Rank: Formed {
    var form: Json {
        switch self {
        case .primary: return "primary".form
        case .secondary: return "secondary".form
        case .quiet: return "quiet".form
        case .destructive: return "destructive".form
        }
    }
}

extension Target: Formed {
    var form: Json {
        switch self {
        case .call(let number, let hours, let textAlternative):
            let fields: [String: (any Formed)?] = [
                "to": "call", "number": number, "hours": hours, "text_alternative": textAlternative,
            ]
            return .object(object(fields))
        case .page(let address): return .object(object(["to": "page", "address": address]))
        }
    }
}

extension CodePosition: Formed {
    var form: Json {
        switch self {
        case .top: return "top".form
        case .middle: return "middle".form
        case .bottom: return "bottom".form
        case .turned: return "turned".form
        }
    }
}

extension Tile: Formed { var form: Json { .object(object(["name": name, "value": value, "age": age])) } }

extension Row: Formed {
    var form: Json {
        .object(object(["id": id, "title": title, "detail": detail, "status": status, "action": action]))
    }
}

extension TimelineEntry: Formed {
    var form: Json { .object(object(["what": what, "office": office, "at": at, "done": done])) }
}

extension Attachment: Formed {
    var form: Json { .object(object(["id": id, "label": label, "percent": percent])) }
}

extension Event: Formed {
    var form: Json {
        switch self {
        case .pressed(let widget): return .object(object(["event": "pressed", "widget": widget]))
        case .typed(let widget, let text, let revision):
            let fields: [String: (any Formed)?] = [
                "event": "typed", "widget": widget, "text": text, "revision": revision,
            ]
            return .object(object(fields))
        case .chosen(let widget, let chosen):
            return .object(object(["event": "chosen", "widget": widget, "chosen": chosen]))
        case .switched(let widget, let on):
            return .object(object(["event": "switched", "widget": widget, "on": on]))
        case .back: return .object(object(["event": "back"]))
        case .cameToFront: return .object(object(["event": "came_to_front"]))
        case .wentToBack: return .object(object(["event": "went_to_back"]))
        }
    }
}

extension Effect: Formed {
    /// The name of the effect.
    var named: String {
        switch self {
        case .speak: return "speak"
        case .open: return "open"
        case .leave: return "leave"
        }
    }

    var form: Json {
        switch self {
        case .speak(let text): return .object(object(["effect": named, "text": text]))
        case .open(let address): return .object(object(["effect": named, "address": address]))
        case .leave: return .object(object(["effect": named]))
        }
    }
}

extension Screen {
    /// What a screen reader has of a widget.
    func aloud(_ id: String) -> String? {
        guard let widget = widgets.first(where: { $0.id == id }) else { return nil }
        if case .codeCard(_, _, let readingOrder) = widget.kind { return readingOrder.joined(separator: "\n") }
        if case .verdict(_, _, let say, _, _, _) = widget.kind { return say }
        return widget.spoken ?? widget.label
    }
}
