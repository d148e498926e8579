#if canImport(Darwin)
    import Darwin
    import Foundation
    import LiangmaCore

    /// The phone's two clocks: the one that a person can set, and the one that runs on while the phone sleeps.
    public final class SystemClock: PhoneClock, @unchecked Sendable {
        /// The clocks of this phone.
        public init() {}

        public func wall() throws -> WallReading {
            WallReading(
                milliseconds: Int64(Date().timeIntervalSince1970 * 1000), zone: TimeZone.autoupdatingCurrent.identifier)
        }

        public func monotonic() throws -> MonotonicReading {
            // Unlike mach_absolute_time this does not stop in sleep.
            let nanoseconds = clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW)
            guard nanoseconds > 0, let boot = bootSession() else { throw ClockError.Unavailable }
            return MonotonicReading(sinceBootMilliseconds: nanoseconds / 1_000_000, boot: boot)
        }

        /// Another one after every start of the phone.
        private func bootSession() -> Data? {
            var length = 0
            guard sysctlbyname("kern.bootsessionuuid", nil, &length, nil, 0) == 0, length > 0 else { return nil }
            var bytes = [CChar](repeating: 0, count: length)
            guard sysctlbyname("kern.bootsessionuuid", &bytes, &length, nil, 0) == 0,
                let uuid = UUID(uuidString: String(cString: bytes))
            else { return nil }
            return withUnsafeBytes(of: uuid.uuid) { Data($0) }
        }
    }
#endif
