#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Which language a file of a repository is written in, by its name alone.
namespace revisitd::collectors {

// A language as its bit; at most 64 of them.
using LanguageSet = std::uint64_t;

inline constexpr std::size_t kMostLanguages = 64;

// The languages known, in the order of their bits. Kept readings hold bits: a changed table, or
// another rule of what sets them, has a new version.
inline constexpr std::uint32_t kLanguageTableVersion = 2;
std::size_t language_count();
std::string_view language_at(std::size_t bit);

// The file's language as a set of one, or none: prose, data and generated files count for nothing.
LanguageSet language_of_file(std::string_view name);
// Directories whose code others wrote: vendor, node_modules, third_party, …
bool is_foreign_directory(std::string_view name);

}  // namespace revisitd::collectors
