#include "daemon/version.h"

#ifndef REVISITD_VERSION
#error "the build defines REVISITD_VERSION"
#endif

namespace revisitd::daemon {

BuildInfo build_info() {
#if defined(__clang__)
  const std::string compiler = "clang " __clang_version__;
#else
  const std::string compiler = "gcc " __VERSION__;
#endif
  return {.version = REVISITD_VERSION,
          .revision = REVISITD_REVISION,
          .compiler = compiler.substr(0, compiler.find_last_not_of(' ') + 1),
          .build_type = REVISITD_BUILD_TYPE};
}

std::string version_text() {
  const BuildInfo build = build_info();
  return "revisitd, version " + build.version + " (revision: " + build.revision +
         ")\n  build type: " + build.build_type + "\n  compiler:   " + build.compiler;
}

}  // namespace revisitd::daemon
