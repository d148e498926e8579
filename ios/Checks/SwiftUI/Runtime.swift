// A small stand-in for the parts of SwiftUI that the shell uses, for checks on machines without it. It has the
// same names and types, so that the shell's files type-check, and it finds what a screen reader would find.
// It draws nothing. On a phone the real SwiftUI is used and this is not built.

import Foundation

/// What a screen reader finds on the glass.
public struct Element {
    public enum Role: String { case text, button, field, toggle, picker, image, disclosure, container, progress }
    public var role: Role
    public var label: String
    public var value = ""
    public var hint = ""
    public var identifier = ""
    public var traits: AccessibilityTraits = []
    public var isEnabled = true
    public var children: [Element] = []
    /// Does what a double tap does.
    public var act: (@MainActor () -> Void)?
    /// Types all of a text.
    public var type: (@MainActor (String) -> Void)?

    init(_ role: Role, _ label: String, children: [Element] = []) {
        self.role = role
        self.label = label
        self.children = children
    }

    /// This and everything inside.
    public var all: [Element] { [self] + children.flatMap(\.all) }
}

/// What a screen reader finds in a view, in order.
@MainActor public func elements(of view: some View) -> [Element] { view.found() }

@MainActor public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
    func found() -> [Element]
}

extension View {
    public func found() -> [Element] { body.found() }
    func changed(_ change: @escaping @MainActor ([Element]) -> [Element]) -> Changed<Self> {
        Changed(content: self, change: change)
    }
    func each(_ change: @escaping @MainActor (inout Element) -> Void) -> Changed<Self> {
        changed { elements in
            elements.map { element in
                var next = element
                change(&next)
                return next
            }
        }
    }
    var same: Changed<Self> { changed { $0 } }
}

extension Never: View {
    public var body: Never { fatalError("nothing is inside") }
    public func found() -> [Element] { [] }
}

/// A view that is one thing, with nothing of the shell's inside.
@MainActor public protocol Leaf: View where Body == Never {}
extension Leaf {
    public var body: Never { fatalError("nothing is inside") }
}

/// A view of which something is said otherwise.
public struct Changed<Content: View>: Leaf {
    let content: Content
    let change: @MainActor ([Element]) -> [Element]
    public func found() -> [Element] { change(content.found()) }
}

public struct EmptyView: Leaf {
    public init() {}
    public func found() -> [Element] { [] }
}

public struct TupleView: Leaf {
    let parts: [@MainActor () -> [Element]]
    public func found() -> [Element] { parts.flatMap { $0() } }
}

public enum Either<First: View, Second: View>: Leaf {
    case first(First), second(Second)
    public func found() -> [Element] {
        switch self {
        case .first(let view): return view.found()
        case .second(let view): return view.found()
        }
    }
}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError("nothing is inside") }
    public func found() -> [Element] { self?.found() ?? [] }
}

@resultBuilder @MainActor public enum ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView {
        var parts: [@MainActor () -> [Element]] = []
        for part in repeat each content { parts.append { part.found() } }
        return TupleView(parts: parts)
    }
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<First: View, Second: View>(first: First) -> Either<First, Second> { .first(first) }
    public static func buildEither<First: View, Second: View>(second: Second) -> Either<First, Second> {
        .second(second)
    }
}

public struct AnyView: Leaf {
    let inside: @MainActor () -> [Element]
    public init(_ view: some View) { inside = { view.found() } }
    public func found() -> [Element] { inside() }
}

// ---- state

@propertyWrapper public struct State<Value> {
    final class Place {
        var value: Value
        init(_ value: Value) { self.value = value }
    }
    let place: Place
    public init(wrappedValue: Value) { place = Place(wrappedValue) }
    public init(initialValue: Value) { place = Place(initialValue) }
    public var wrappedValue: Value {
        get { place.value }
        nonmutating set { place.value = newValue }
    }
    public var projectedValue: Binding<Value> {
        Binding(get: { [place] in place.value }, set: { [place] in place.value = $0 })
    }
}

@propertyWrapper public struct Binding<Value> {
    let get: @MainActor () -> Value
    let set: @MainActor (Value) -> Void
    public init(get: @escaping @MainActor () -> Value, set: @escaping @MainActor (Value) -> Void) {
        self.get = get
        self.set = set
    }
    @MainActor public var wrappedValue: Value {
        get { get() }
        nonmutating set { set(newValue) }
    }
}

public protocol ObservableObject: AnyObject {}

@propertyWrapper public struct Published<Value> {
    public var wrappedValue: Value
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

@propertyWrapper public struct ObservedObject<Model: ObservableObject> {
    public var wrappedValue: Model
    public init(wrappedValue: Model) { self.wrappedValue = wrappedValue }
}

@propertyWrapper public struct StateObject<Model: ObservableObject> {
    public var wrappedValue: Model
    @MainActor public init(wrappedValue: @autoclosure @MainActor () -> Model) { self.wrappedValue = wrappedValue() }
}

public struct EnvironmentValues {
    public var displayScale: CGFloat = 3
    public var scenePhase: ScenePhase = .active
    public var calendar = Calendar(identifier: .gregorian)
    public var timeZone = TimeZone.current
    public var colorScheme: ColorScheme = .light
}
public enum ColorScheme: Equatable { case light, dark }
public enum ScenePhase: Equatable { case active, inactive, background }

@propertyWrapper public struct Environment<Value> {
    public var wrappedValue: Value
    public init(_ path: KeyPath<EnvironmentValues, Value>) { wrappedValue = EnvironmentValues()[keyPath: path] }
}

@propertyWrapper public struct FocusState<Value: Hashable> {
    public struct Binding { let place: State<Value>.Place }
    let place: State<Value>.Place
    public init() where Value == Bool { place = .init(false) }
    public init() where Value: ExpressibleByNilLiteral { place = .init(nil) }
    public var wrappedValue: Value {
        get { place.value }
        nonmutating set { place.value = newValue }
    }
    public var projectedValue: Binding { Binding(place: place) }
}

@propertyWrapper public struct AccessibilityFocusState<Value: Hashable> {
    public struct Binding { let place: State<Value>.Place }
    let place: State<Value>.Place
    public init() where Value: ExpressibleByNilLiteral { place = .init(nil) }
    public var wrappedValue: Value {
        get { place.value }
        nonmutating set { place.value = newValue }
    }
    public var projectedValue: Binding { Binding(place: place) }
}
