#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/bytes.h"

// One column of numbers inside a slot chunk, written losslessly in whichever form is shortest for
// it.
namespace revisitd::storage {

// Appends the values; at least one. Any bit pattern comes back as it was.
void append_column(std::string& out, std::span<const double> values);

// Reads `count` values (at least one), or nothing where the text is not such a column.
std::optional<std::vector<double>> read_column(ByteReader& in, std::size_t count);

}  // namespace revisitd::storage
