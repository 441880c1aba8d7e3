#pragma once

#include <string>
#include <string_view>
#include <vector>

// Text that goes into Markdown we write: what people put into records cannot become markup of ours.
namespace revisitd::rules {

// "Go" of "go".
std::string title_of(std::string_view language);
// One line of prose: control bytes and line breaks become blanks, and nothing in it starts markup.
std::string prose(std::string_view text);
// Inside backticks; a table's bar is kept from ending the cell.
std::string code(std::string_view text);
std::string table_row(const std::vector<std::string>& cells);

}  // namespace revisitd::rules
