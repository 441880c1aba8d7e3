#include <cstring>
#include <string>

#include "collectors/git_history.h"
#include "collectors/safe_file.h"

// A kept history as bytes: a magic word, the SHA-256 of what follows, then counts and rows in
// little-endian order. A row takes 34 bytes with one author, so 100,000 commits take 3.4 MB.
namespace revisitd::collectors {
namespace {

constexpr std::string_view kMagic = "revisitd git history 1\n";
constexpr std::size_t kHash = 64;

template <class T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  template <class T>
  T get() {
    T value{};
    if (text_.size() < sizeof value) {
      good_ = false;
      return value;
    }
    std::memcpy(&value, text_.data(), sizeof value);
    text_.remove_prefix(sizeof value);
    return value;
  }
  std::string text(std::size_t size) {
    if (text_.size() < size) {
      good_ = false;
      return {};
    }
    std::string out(text_.substr(0, size));
    text_.remove_prefix(size);
    return out;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
  bool good_ = true;
};

}  // namespace

std::string write_git_history(const GitHistory& history) {
  std::string body;
  put(body, kLanguageTableVersion);
  put(body, history.since);
  put(body, history.tip);
  put(body, static_cast<std::uint32_t>(history.identities.size()));
  for (const std::string& who : history.identities) {
    put(body, static_cast<std::uint16_t>(std::min<std::size_t>(who.size(), UINT16_MAX)));
    body.append(who, 0, UINT16_MAX);
  }
  put(body, static_cast<std::uint32_t>(history.commits.size()));
  for (const GitCommit& commit : history.commits) {
    put(body, commit.id);
    put(body, commit.day);
    put(body, commit.languages);
    put(body, static_cast<std::uint8_t>(commit.authors.size()));
    for (const std::uint32_t author : commit.authors) put(body, author);
  }
  return std::string(kMagic) + content_hash(body) + body;
}

Result<GitHistory> read_git_history(std::string_view text) {
  if (!text.starts_with(kMagic) || text.size() < kMagic.size() + kHash)
    return Error{"it is no kept git history"};
  text.remove_prefix(kMagic.size());
  const std::string_view hash = text.substr(0, kHash);
  text.remove_prefix(kHash);
  if (content_hash(text) != hash) return Error{"its checksum does not fit"};
  Reader reader(text);
  if (reader.get<std::uint32_t>() != kLanguageTableVersion)
    return Error{"it was made with another table of languages"};
  GitHistory history;
  history.since = reader.get<std::int32_t>();
  history.tip = reader.get<GitId>();
  const auto identities = reader.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < identities && reader.good(); ++i)
    history.identities.push_back(reader.text(reader.get<std::uint16_t>()));
  const auto commits = reader.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < commits && reader.good(); ++i) {
    GitCommit& commit = history.commits.emplace_back();
    commit.id = reader.get<GitId>();
    commit.day = reader.get<std::int32_t>();
    commit.languages = reader.get<LanguageSet>();
    const auto authors = reader.get<std::uint8_t>();
    for (int a = 0; a < authors && reader.good(); ++a) {
      commit.authors.push_back(reader.get<std::uint32_t>());
      if (commit.authors.back() >= history.identities.size()) return Error{"it is malformed"};
    }
  }
  if (!reader.good() || !reader.at_end()) return Error{"it is malformed"};
  return history;
}

}  // namespace revisitd::collectors
