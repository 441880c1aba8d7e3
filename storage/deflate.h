#pragma once

#include <optional>
#include <string>
#include <string_view>

// Raw deflate in a small window, for texts of a few kilobytes.
namespace revisitd::storage {

// Throws std::bad_alloc; nothing else can go wrong.
std::string deflated(std::string_view text);

// Nothing when the text is damaged or would grow past `limit` bytes.
std::optional<std::string> inflated(std::string_view text, std::size_t limit);

}  // namespace revisitd::storage
