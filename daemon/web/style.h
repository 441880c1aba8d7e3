#pragma once

#include <string_view>

// The style of the pages and of drawings that stand alone. Kept as .css files beside this one and
// built in.
namespace revisitd::daemon::web {

// Everything a page needs; served at /style.css.
std::string_view stylesheet();
// Only what drawings need, on one line.
std::string_view plot_stylesheet();
// A strong validator of stylesheet(), in quotes, for ETag; also good as a cache key.
std::string_view stylesheet_tag();

}  // namespace revisitd::daemon::web
