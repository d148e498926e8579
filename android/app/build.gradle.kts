plugins {
    id("com.android.application") version "9.0.0"
}

// Written by `cargo xtask android`: the library for each processor, and the code that calls it.
val built = rootProject.layout.projectDirectory.dir("../target")

android {
    namespace = "org.liangma.app"
    compileSdk = 36
    defaultConfig {
        applicationId = "org.liangma.app"
        minSdk = 23
        targetSdk = 36
        versionCode = 1
        versionName = "0.1.0"
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }
    sourceSets["main"].apply {
        kotlin.srcDirs("src/main/kotlin", "src/main/newer", "../../bindings/kotlin/src/main/kotlin", built.dir("bindings-for-phones/kotlin"))
        jniLibs.srcDirs(built.dir("android/jniLibs"))
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    buildTypes {
        release {
            isMinifyEnabled = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "keep.pro")
        }
    }
}

dependencies {
    implementation("com.google.zxing:core:3.5.4")
    implementation("net.java.dev.jna:jna:5.19.1@aar")
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
}
