#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/safe_file.h"
#include "rules/diagnostic.h"
#include "rules/runtime_support.h"

// Files in the format of endoflife.date's API: `https://endoflife.date/api/python.json`, a list of
// cycles with `cycle`, `releaseDate`, `eol` (a day, true or false) and `latest`; or of its newer
// one, `…/api/v1/products/python/`, an object with `result.releases` of `name`, `releaseDate`,
// `eolFrom`, `isEol` and `latest.name`. Other keys are passed over.
namespace revisitd::collectors {

struct EndOfLifeReading {
  std::optional<rules::RuntimeCycles> cycles;  // only when there is no error
  std::vector<Diagnostic> diagnostics;
};
EndOfLifeReading decode_end_of_life(std::string_view text, const std::string& file);

// The language that a product of endoflife.date is, by the file's stem: nodejs is javascript,
// eclipse-temurin is java, most are themselves.
std::string language_of_product(std::string_view stem);

// Such files, read again when they change, the last good reading of each in force.
class EndOfLifeFiles {
 public:
  struct File {
    std::string path;
    std::string language;
    friend bool operator==(const File&, const File&) = default;
  };
  explicit EndOfLifeFiles(std::vector<File> files) : files_(std::move(files)) {}

  // True when something is known differently than at the look before; problems that are new are in
  // `diagnostics`.
  bool look(std::vector<Diagnostic>& diagnostics);

  // Null when nothing is known of the language.
  [[nodiscard]] const rules::RuntimeCycles* find(std::string_view language) const;
  [[nodiscard]] const std::vector<File>& files() const { return files_; }
  // Of the files as they are now.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  struct State {
    std::optional<ContentHash> hash;  // of the text it comes from
    std::string problem;
    std::optional<rules::RuntimeCycles> cycles;
  };
  std::vector<File> files_;
  std::map<std::string, State> states_;  // by path
};

}  // namespace revisitd::collectors
