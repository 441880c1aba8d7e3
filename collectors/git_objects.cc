#include "collectors/git_objects.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "rules/diagnostic.h"

namespace revisitd::collectors {
namespace {

// Of a generation. What a commit's parent looked at is wanted next, and little of it for long; more
// would only leave the processor's own caches.
constexpr std::size_t kCacheBytes = 3u << 20;
constexpr int kMostLevels = 64;
constexpr std::size_t kMostAuthors = 16;

Error last_error(const GitLibrary& git, const std::string& path) {
  const git_error* error = git.error_last();
  return Error{path + ": " +
               (error != nullptr ? printable(error->message) : std::string("cannot be read"))};
}

std::optional<GitId> id_of(std::string_view hex) {
  if (hex.size() < 40) return std::nullopt;
  GitId id{};
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char* first = hex.data() + 2 * i;
    if (std::from_chars(first, first + 2, id[i], 16).ptr != first + 2) return std::nullopt;
  }
  return id;
}

// "Name <email> 1234567890 +0100" in two.
std::optional<std::pair<std::string_view, std::int64_t>> person_of(std::string_view line) {
  const std::size_t end = line.rfind('>');
  if (end == std::string_view::npos) return std::nullopt;
  std::int64_t time = 0;
  std::size_t digits = end + 1;
  while (digits < line.size() && line[digits] == ' ') ++digits;
  std::from_chars(line.data() + digits, line.data() + line.size(), time);
  return std::pair(line.substr(0, end + 1), time);
}

bool starts_like(std::string_view line, std::string_view lower) {
  return line.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), line.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

void find_coauthors(std::string_view message, std::vector<std::string_view>& who) {
  constexpr std::string_view kTrailer = "co-authored-by:";
  // Few messages have any, and most are found out by one quick look.
  for (std::size_t at = 0; (at = message.find('\n', at)) != std::string_view::npos;) {
    std::string_view line = message.substr(++at);
    if (line.empty() || (line[0] | 0x20) != 'c' || !starts_like(line, kTrailer)) continue;
    line = line.substr(0, line.find('\n'));
    line.remove_prefix(kTrailer.size());
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    const std::size_t end = line.rfind('>');
    if (end == std::string_view::npos || who.size() >= kMostAuthors) continue;
    line = line.substr(0, end + 1);
    if (std::find(who.begin(), who.end(), line) == who.end()) who.push_back(line);
  }
}

struct TreeEntry {
  std::string_view all, mode, name;
  const std::uint8_t* id;
  [[nodiscard]] bool directory() const { return mode == "40000"; }
};

// Takes the next entry off the front; false at the end, and where the tree is broken.
bool next_entry(std::string_view& tree, TreeEntry& entry) {
  // A mode has five or six digits.
  const std::size_t blank = tree.size() > 6 && tree[5] == ' ' ? 5 : tree.find(' ');
  if (blank == std::string_view::npos) return false;
  const std::size_t end = tree.find('\0', blank);
  if (end == std::string_view::npos || tree.size() - end - 1 < sizeof(GitId)) return false;
  entry.mode = tree.substr(0, blank);
  entry.name = tree.substr(blank + 1, end - blank - 1);
  entry.id = reinterpret_cast<const std::uint8_t*>(tree.data() + end + 1);
  entry.all = tree.substr(0, end + 1 + sizeof(GitId));
  tree.remove_prefix(entry.all.size());
  return true;
}

// Git's order: directories sort as if their names ended in a slash.
int order(const TreeEntry& a, const TreeEntry& b) {
  const std::size_t common = std::min(a.name.size(), b.name.size());
  if (const int order = std::memcmp(a.name.data(), b.name.data(), common); order != 0) return order;
  const auto sign = [common](const TreeEntry& e) -> int {
    if (e.name.size() > common) return static_cast<unsigned char>(e.name[common]);
    return e.directory() ? '/' : 0;
  };
  return sign(a) - sign(b);
}

GitId copied(const std::uint8_t* id) {
  GitId copy;
  std::memcpy(copy.data(), id, copy.size());
  return copy;
}

}  // namespace

std::optional<GitCommitText> parse_git_commit(std::string_view text) {
  GitCommitText commit;
  if (!text.starts_with("tree ")) return std::nullopt;
  const auto tree = id_of(text.substr(5));
  if (!tree) return std::nullopt;
  commit.tree = *tree;
  bool dated = false;
  while (!text.empty() && text.front() != '\n') {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with("parent ")) {
      const auto parent = id_of(line.substr(7));
      if (!parent) return std::nullopt;
      commit.parents.push_back(*parent);
    } else if (line.starts_with("author ")) {
      if (const auto person = person_of(line.substr(7))) commit.who.push_back(person->first);
    } else if (line.starts_with("committer ")) {
      if (const auto person = person_of(line.substr(10))) {
        commit.time = person->second;
        dated = true;
      }
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  if (!dated) return std::nullopt;
  find_coauthors(text, commit.who);
  return commit;
}

Result<std::unique_ptr<GitObjects>> GitObjects::open(const std::string& path) {
  const auto library = git_library();
  if (!library) return library.error();
  const GitLibrary& git = **library;
  git_repository* repository = nullptr;
  if (git.repository_open_ext(&repository, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) <
      0)
    return last_error(git, path);
  git_odb* odb = nullptr;
  if (git.repository_odb(&odb, repository) < 0) {
    const Error error = last_error(git, path);
    git.repository_free(repository);
    return error;
  }
  return std::unique_ptr<GitObjects>(new GitObjects(git, repository, odb));
}

GitObjects::~GitObjects() {
  young_.clear();
  old_.clear();
  if (commit_ != nullptr) git_.odb_object_free(commit_);
  git_.odb_free(odb_);
  git_.repository_free(repository_);
}

Result<std::optional<GitId>> GitObjects::head() const {
  using Head = std::optional<GitId>;
  git_oid oid;
  if (git_.repository_head_unborn(repository_) == 1) return Head{};
  if (git_.reference_name_to_id(&oid, repository_, "HEAD") < 0) return last_error(git_, "HEAD");
  return Head{copied(oid.id)};
}

git_odb_object* GitObjects::read(const GitId& id) {
  git_oid oid;
  std::memcpy(oid.id, id.data(), id.size());
  git_odb_object* object = nullptr;
  return git_.odb_read(&object, odb_, &oid) < 0 ? nullptr : object;
}

std::optional<std::string_view> GitObjects::commit(const GitId& id) {
  if (commit_ != nullptr) git_.odb_object_free(commit_);
  commit_ = read(id);
  if (commit_ == nullptr || git_.odb_object_type(commit_) != GIT_OBJECT_COMMIT) return std::nullopt;
  return std::string_view(static_cast<const char*>(git_.odb_object_data(commit_)),
                          git_.odb_object_size(commit_));
}

GitObjects::Tree GitObjects::tree(const GitId& id) {
  if (const auto found = young_.find(id); found != young_.end()) return found->second;
  Tree tree;
  if (const auto kept = old_.find(id); kept != old_.end()) {
    tree = std::move(kept->second);
    old_.erase(kept);
  } else {
    git_odb_object* object = read(id);
    if (object == nullptr) return nullptr;
    tree = Tree(object, git_.odb_object_free);
    if (git_.odb_object_type(object) != GIT_OBJECT_TREE) return nullptr;
  }
  if (young_bytes_ > kCacheBytes) {
    std::swap(young_, old_);
    young_.clear();
    young_bytes_ = 0;
  }
  young_bytes_ += git_.odb_object_size(tree.get()) + 64;
  young_.emplace(id, tree);
  return tree;
}

std::string_view GitObjects::text_of(const Tree& tree) const {
  if (!tree) return {};
  return {static_cast<const char*>(git_.odb_object_data(tree.get())),
          git_.odb_object_size(tree.get())};
}

LanguageSet GitObjects::changed(const GitId* before, const GitId& after) {
  if (before != nullptr && *before == after) return 0;
  const Tree old = before == nullptr ? nullptr : tree(*before);
  if (before != nullptr && !old) return 0;  // nobody can say what changed
  const Tree now = tree(after);
  Moves moves;
  LanguageSet changed = compare(text_of(old), text_of(now), 0, moves);
  const auto is_new = [&](const Moves::Added& file) { return (file.language & ~changed) != 0; };
  if (std::none_of(moves.added.begin(), moves.added.end(), is_new)) return changed;
  for (const GitId& id : moves.removed_trees) add_files(text_of(tree(id)), 1, moves.removed);
  std::sort(moves.removed.begin(), moves.removed.end());
  for (const Moves::Added& file : moves.added) {
    if (!std::binary_search(moves.removed.begin(), moves.removed.end(), file.id))
      changed |= file.language;
  }
  return changed;
}

void GitObjects::add_files(std::string_view text, int depth, std::vector<GitId>& files) {
  TreeEntry entry{};
  while (next_entry(text, entry)) {
    const GitId id = copied(entry.id);
    if (!entry.directory()) {
      files.push_back(id);
    } else if (depth < kMostLevels) {
      const Tree below = tree(id);
      add_files(text_of(below), depth + 1, files);
    }
  }
}

LanguageSet GitObjects::compare(std::string_view before, std::string_view after, int depth,
                                Moves& moves) {
  LanguageSet changed = 0;
  TreeEntry a{}, b{};
  std::string_view next = before;  // behind `a`
  const auto removed = [&moves](const TreeEntry& entry) {
    (entry.directory() ? moves.removed_trees : moves.removed).push_back(copied(entry.id));
  };
  while (next_entry(after, b)) {
    // Nearly all entries stand in both trees, byte for byte and in the same places.
    if (before.starts_with(b.all)) {
      before.remove_prefix(b.all.size());
      continue;
    }
    next = before;
    bool old = next_entry(next, a);
    while (old && order(a, b) < 0) {
      removed(a);
      before = next;
      old = next_entry(next, a);
    }
    const bool same_name = old && order(a, b) == 0;
    if (same_name) before = next;
    if (same_name && std::memcmp(a.id, b.id, sizeof(GitId)) == 0) continue;
    if (b.directory()) {
      if (is_foreign_directory(b.name) || depth >= kMostLevels) continue;
      const bool both = same_name && a.directory();
      const Tree then = both ? tree(copied(a.id)) : nullptr;
      const Tree now = tree(copied(b.id));
      changed |= compare(text_of(then), text_of(now), depth + 1, moves);
    } else if (b.mode.starts_with("100")) {
      const LanguageSet language = language_of_file(b.name);
      if (same_name) {
        changed |= language;
      } else if (language != 0) {
        moves.added.push_back({copied(b.id), language});
      }
    }
  }
  while (next_entry(before, a)) removed(a);
  return changed;
}

}  // namespace revisitd::collectors
