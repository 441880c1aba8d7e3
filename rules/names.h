#pragma once

#include <string_view>

// Names that come from records, rosters and the configuration and go into queries, URLs and pages.
namespace revisitd::rules {

// [A-Za-z0-9] then [A-Za-z0-9._-]*, at most 128 bytes: services, teams, receivers, servers.
bool is_name(std::string_view text);
// [a-z] then [a-z0-9+#.-]*, at most 32 bytes: "python", "go", "c++".
bool is_language_name(std::string_view text);

// What a message says was expected.
inline constexpr std::string_view kNameRule =
    "a name of at most 128 letters, digits, `.`, `_` and `-` that begins with a letter or digit";
inline constexpr std::string_view kLanguageRule =
    "a language as one lower-case word such as `python`";

}  // namespace revisitd::rules
