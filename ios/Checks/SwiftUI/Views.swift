import Foundation

public struct Text: Leaf {
    let text: String
    public nonisolated init(_ text: String) { self.text = text }
    public nonisolated init(verbatim: String) { text = verbatim }
    public func found() -> [Element] { text.isEmpty ? [] : [Element(.text, text)] }
    public nonisolated func font(_: Font?) -> Text { self }
    public nonisolated func bold() -> Text { self }
    public nonisolated func underline(_: Bool = true) -> Text { self }
    public nonisolated func foregroundColor(_: Color?) -> Text { self }
}

public struct Label: Leaf {
    let title: String
    public init(_ title: String, systemImage: String) { self.title = title }
    public func found() -> [Element] { [Element(.text, title)] }
}

/// A symbol: it says its name when nobody hides or labels it, which the checks then find.
public struct Image: Leaf {
    let name: String
    public init(systemName: String) { name = systemName }
    public func found() -> [Element] { [Element(.image, name)] }
}

public struct Button<Label: View>: Leaf {
    let action: @MainActor () -> Void
    let label: Label
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Label) {
        self.action = action
        self.label = label()
    }
    public func found() -> [Element] {
        let words = label.found().filter { $0.role != .image }.map(\.label).joined(separator: ", ")
        var button = Element(.button, words)
        button.traits = [.isButton]
        button.act = action
        return [button]
    }
}

public struct Toggle: Leaf {
    let title: String
    let isOn: Binding<Bool>
    public init(_ title: String, isOn: Binding<Bool>) {
        self.title = title
        self.isOn = isOn
    }
    public func found() -> [Element] {
        var toggle = Element(.toggle, title)
        toggle.value = isOn.wrappedValue ? "1" : "0"
        toggle.act = { isOn.wrappedValue.toggle() }
        return [toggle]
    }
}

public struct TextField: Leaf {
    let title: String
    let text: Binding<String>
    public init(_ title: String, text: Binding<String>) {
        self.title = title
        self.text = text
    }
    public init(_ title: String, text: Binding<String>, axis: Axis) { self.init(title, text: text) }
    public func found() -> [Element] {
        var field = Element(.field, title)
        field.value = text.wrappedValue
        field.type = { text.wrappedValue = $0 }
        return [field]
    }
}

public struct DatePicker: Leaf {
    let title: String
    let selection: Binding<Date>
    public init(
        _ title: String, selection: Binding<Date>, in: ClosedRange<Date>,
        displayedComponents: DatePickerComponents = [.date]
    ) {
        self.title = title
        self.selection = selection
    }
    public func found() -> [Element] { [Element(.picker, title)] }
}
public struct DatePickerComponents: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let date = DatePickerComponents(rawValue: 1)
}

public struct ProgressView: Leaf {
    public init() {}
    public func found() -> [Element] { [Element(.progress, "")] }
}

public struct ShareLink: Leaf {
    let title: String
    public init(_ title: String, item: String) { self.title = title }
    public func found() -> [Element] { [Element(.button, title)] }
}

public struct DisclosureGroup<Label: View, Content: View>: Leaf {
    let isExpanded: Binding<Bool>
    let content: Content
    let label: Label
    public init(isExpanded: Binding<Bool>, @ViewBuilder content: () -> Content, @ViewBuilder label: () -> Label) {
        self.isExpanded = isExpanded
        self.content = content()
        self.label = label()
    }
    public func found() -> [Element] {
        let words = label.found().map(\.label).joined(separator: ", ")
        var group = Element(.disclosure, words)
        group.act = { isExpanded.wrappedValue.toggle() }
        return [group] + (isExpanded.wrappedValue ? content.found() : [])
    }
}

public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content: View>: Leaf {
    let data: Data
    let content: (Data.Element) -> Content
    public init(
        _ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content
    ) {
        self.data = data
        self.content = content
    }
    public func found() -> [Element] { data.flatMap { content($0).found() } }
}

public struct VStack<Content: View>: Leaf {
    let content: Content
    public init(
        alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) { self.content = content() }
    public func found() -> [Element] { content.found() }
}
public struct HStack<Content: View>: Leaf {
    let content: Content
    public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {
        self.content = content()
    }
    public func found() -> [Element] { content.found() }
}
public struct ZStack<Content: View>: Leaf {
    let content: Content
    public init(alignment: Alignment = .center, @ViewBuilder content: () -> Content) { self.content = content() }
    public func found() -> [Element] { content.found() }
}
public struct ScrollView<Content: View>: Leaf {
    let content: Content
    public init(@ViewBuilder content: () -> Content) { self.content = content() }
    public func found() -> [Element] { content.found() }
}
public struct ScrollViewProxy {
    public func scrollTo(_: some Hashable, anchor: UnitPoint? = nil) {}
}
public struct ScrollViewReader<Content: View>: Leaf {
    let content: Content
    public init(@ViewBuilder content: (ScrollViewProxy) -> Content) { self.content = content(ScrollViewProxy()) }
    public func found() -> [Element] { content.found() }
}
public struct GeometryProxy {
    /// The glass: a phone held upright, unless a check lays it on its side.
    @MainActor public static var glass = CGSize(width: 390, height: 800)
    @MainActor public var size: CGSize { Self.glass }
}
public struct GeometryReader<Content: View>: Leaf {
    let content: (GeometryProxy) -> Content
    public init(@ViewBuilder content: @escaping (GeometryProxy) -> Content) { self.content = content }
    public func found() -> [Element] { content(GeometryProxy()).found() }
}

// ---- looks

public enum HorizontalAlignment { case leading, center, trailing }
public enum VerticalAlignment { case top, center, bottom }
public enum Alignment { case leading, center, trailing, top, bottom }
public enum Axis { case horizontal, vertical }
public enum Edge {
    public struct Set: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let horizontal = Set(rawValue: 1)
        public static let vertical = Set(rawValue: 2)
    }
}
public enum DynamicTypeSize: Int, Comparable {
    case small, medium, large, xLarge, xxLarge, xxxLarge, accessibility1, accessibility2, accessibility3,
        accessibility4, accessibility5
    public static func < (one: Self, two: Self) -> Bool { one.rawValue < two.rawValue }
}
public struct Font: Sendable {
    public enum Weight: Sendable { case regular, bold }
    public static let body = Font(), callout = Font(), footnote = Font(), headline = Font()
    public static let title = Font(), title2 = Font(), largeTitle = Font()
    public static func system(size: CGFloat, weight: Weight = .regular) -> Font { Font() }
    public func bold() -> Font { self }
    public func monospaced() -> Font { self }
}
public struct Angle {
    public static func degrees(_: Double) -> Angle { Angle() }
}
public struct UnitPoint {
    public init(x: CGFloat, y: CGFloat) {}
    public static var top: UnitPoint { UnitPoint(x: 0.5, y: 0) }
}
public protocol ShapeStyle {}
public protocol Shape: View {}
public struct Color: Leaf, ShapeStyle, Sendable {
    public enum RGBColorSpace: Sendable { case sRGB }
    public static let red = Color("red"), orange = Color("orange"), white = Color("white"), black = Color("black")
    public static let clear = Color("clear"), secondary = Color("secondary"), accentColor = Color("accent")
    public nonisolated init(_: String) {}
    public nonisolated init(_: RGBColorSpace, red: Double, green: Double, blue: Double, opacity: Double) {}
    public nonisolated func opacity(_: Double) -> Color { self }
    public func found() -> [Element] { [] }
}
public struct RoundedRectangle: Leaf, Shape {
    public init(cornerRadius: CGFloat) {}
    public func stroke(_: Color, lineWidth: CGFloat) -> RoundedRectangle { self }
    public func found() -> [Element] { [] }
}
public struct PlainButtonStyle { public static var plain: PlainButtonStyle { .init() } }
public struct RoundedTextFieldStyle { public static var roundedBorder: RoundedTextFieldStyle { .init() } }
public struct GraphicalDatePickerStyle { public static var graphical: GraphicalDatePickerStyle { .init() } }

extension View {
    public func font(_: Font?) -> some View { same }
    public func foregroundStyle(_: Color) -> some View { same }
    public func background(_: Color) -> some View { same }
    public func background(_: Color, in: some Shape) -> some View { same }
    public func overlay(@ViewBuilder _: () -> some View) -> some View { same }
    public func padding(_: CGFloat) -> some View { same }
    public func padding(_: Edge.Set, _: CGFloat) -> some View { same }
    public func frame(width: CGFloat? = nil, height: CGFloat? = nil, alignment: Alignment = .center) -> some View {
        same
    }
    public func frame(
        minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil, maxHeight: CGFloat? = nil,
        alignment: Alignment = .center
    ) -> some View { same }
    public func buttonStyle(_: PlainButtonStyle) -> some View { same }
    public func textFieldStyle(_: RoundedTextFieldStyle) -> some View { same }
    public func datePickerStyle(_: GraphicalDatePickerStyle) -> some View { same }
    public func lineLimit(_: Int, reservesSpace: Bool) -> some View { same }
    public func ignoresSafeArea() -> some View { same }
    public func rotationEffect(_: Angle) -> some View { same }
    public func dynamicTypeSize(_: PartialRangeFrom<DynamicTypeSize>) -> some View { same }
    public func environment<Value>(_: WritableKeyPath<EnvironmentValues, Value>, _: Value) -> some View { same }
    public func id(_: some Hashable) -> some View { same }
    public func privacySensitive(_: Bool = true) -> some View { same }

    // ---- what happens
    public func onSubmit(_: @escaping () -> Void) -> some View { same }
    public func onAppear(perform: (() -> Void)? = nil) -> some View { same }
    public func onDisappear(perform: (() -> Void)? = nil) -> some View { same }
    public func onChange<Value: Equatable>(of: Value, perform: @escaping (Value) -> Void) -> some View { same }
    public func onOpenURL(perform: @escaping (URL) -> Void) -> some View { same }
    public func task(_: @escaping @Sendable @MainActor () async -> Void) -> some View { same }
    public func task(id: some Equatable, _: @escaping @Sendable @MainActor () async -> Void) -> some View { same }
    public func focused(_: FocusState<Bool>.Binding) -> some View { same }
    public func disabled(_ isDisabled: Bool) -> some View {
        each { element in if isDisabled { element.isEnabled = false } }
    }

    // ---- what is said
    public func accessibilityLabel(_ label: String) -> some View { each { $0.label = label } }
    public func accessibilityValue(_ value: String) -> some View { each { $0.value = value } }
    public func accessibilityHint(_ hint: String) -> some View { each { $0.hint = hint } }
    public func accessibilityIdentifier(_ name: String) -> some View {
        each { if $0.identifier.isEmpty { $0.identifier = name } }
    }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { each { $0.traits.formUnion(traits) } }
    public func accessibilityHidden(_ isHidden: Bool) -> some View { changed { isHidden ? [] : $0 } }
    public func accessibilityAction(_: AccessibilityActionKind, _: @escaping () -> Void) -> some View { same }
    public func accessibilityFocused<Value: Hashable>(
        _: AccessibilityFocusState<Value?>.Binding, equals: Value
    ) -> some View { same }
    public func accessibilityRepresentation(@ViewBuilder representation: () -> some View) -> some View {
        let instead = representation()
        return changed { _ in instead.found() }
    }
    public func accessibilityElement(children: AccessibilityChildBehavior) -> some View {
        changed { elements in
            switch children {
            case .ignore:
                var one = Element(.container, "")
                one.act = elements.lazy.compactMap(\.act).first
                return [one]
            case .combine:
                return [Element(.text, elements.flatMap(\.all).map(\.label).joined(separator: ", "))]
            case .contain:
                return [Element(.container, "", children: elements)]
            }
        }
    }
}

public enum AccessibilityChildBehavior { case ignore, combine, contain }
public enum AccessibilityActionKind { case escape }
public struct AccessibilityTraits: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let isButton = Self(rawValue: 1), isHeader = Self(rawValue: 2), isSelected = Self(rawValue: 4)
    public static let isLink = Self(rawValue: 8), isImage = Self(rawValue: 16), isModal = Self(rawValue: 32)
}
