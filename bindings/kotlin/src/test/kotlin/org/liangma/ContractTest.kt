package org.liangma

import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.io.path.readText
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** The code and the library go together, and say so when they do not. */
class ContractTest {
    @Test
    fun `this code goes with the library that was built beside it`() {
        LiangmaLibrary.check()
        assertEquals(LiangmaLibrary.CONTRACT_VERSION.toUInt(), contractVersion())
    }

    @Test
    fun `an older library is told by its version`(@TempDir folder: Path) {
        val library = compiled(folder, "unsigned int liangma_contract_version(void) { return 0; }")
        val error = assertThrows(LibraryVersionException::class.java) { LiangmaLibrary.check(library) }
        assertEquals(0, error.found)
        assertTrue(error.message!!.contains("found version 0"))
    }

    @Test
    fun `a library from before there were versions, and none at all, are told too`(@TempDir folder: Path) {
        for (name in listOf(compiled(folder, "int other(void) { return 0; }"), "no_such_library")) {
            assertNull(assertThrows(LibraryVersionException::class.java) { LiangmaLibrary.check(name) }.found)
        }
    }

    private fun compiled(folder: Path, code: String): String {
        val source = Files.writeString(folder.resolve("other.c"), code + "\n")
        val library = folder.resolve("libother.so").toString()
        val compiler = ProcessBuilder("cc", "-shared", "-fPIC", "-o", library, source.toString()).start()
        assertTrue(compiler.waitFor(60, TimeUnit.SECONDS) && compiler.exitValue() == 0)
        return library
    }

    @Test
    fun `what the guide shows is what is compiled and run here`() {
        val code = Path.of("src/test/kotlin/org/liangma/embedding/Embedding.kt").readText()
        val guide = root.resolve("docs/EMBEDDING.md").readText()
        assertTrue(guide.contains("```kotlin\n$code```"), "copy Embedding.kt into docs/EMBEDDING.md")
    }
}
