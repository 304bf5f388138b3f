// SPDX-License-Identifier: Apache-2.0
#include "scan/answered_set.h"

namespace portolan::scan {

template <class Key>
IndexSet<Key>::IndexSet() {
  pages_.push_back(std::make_unique<Page>());
  directory_.push_back(pages_.back().get());
}

template <class Key>
uint64_t IndexSet<Key>::hash(Key key) {
  uint64_t h = static_cast<uint64_t>(key);
  if constexpr (sizeof(Key) > 8) h ^= base::hi64(key) * 0xc2b2ae3d27d4eb4fu;
  h = (h ^ (h >> 32)) * 0x9e3779b97f4a7c15u;
  h = (h ^ (h >> 29)) * 0xbf58476d1ce4e5b9u;
  return h ^ (h >> 32);
}

template <class Key>
bool IndexSet<Key>::place(Page& page, Key key, uint64_t h) {
  const Key stored = key + 1;
  for (uint32_t i = static_cast<uint32_t>(h) & (kSlots - 1);; i = (i + 1) & (kSlots - 1)) {
    if (page.slots[i] == stored) return false;
    if (page.slots[i] == 0) {
      page.slots[i] = stored;
      ++page.used;
      return true;
    }
  }
}

template <class Key>
bool IndexSet<Key>::insert(Key key) {
  const uint64_t h = hash(key);
  size_t at = directory_index(h);
  while (directory_[at]->used >= kSplitAt) {
    if (contains(key)) return false;
    split(at);
    at = directory_index(h);
  }
  if (!place(*directory_[at], key, h)) return false;
  ++size_;
  return true;
}

template <class Key>
bool IndexSet<Key>::contains(Key key) const {
  const uint64_t h = hash(key);
  const Page& page = *directory_[directory_index(h)];
  const Key stored = key + 1;
  for (uint32_t i = static_cast<uint32_t>(h) & (kSlots - 1);; i = (i + 1) & (kSlots - 1)) {
    if (page.slots[i] == stored) return true;
    if (page.slots[i] == 0) return false;  // a page always keeps free slots
  }
}

template <class Key>
void IndexSet<Key>::split(size_t directory_index) {
  Page& old = *directory_[directory_index];
  if (old.depth == depth_) {
    std::vector<Page*> twice(directory_.size() * 2);
    for (size_t i = 0; i < directory_.size(); ++i) twice[2 * i] = twice[2 * i + 1] = directory_[i];
    directory_.swap(twice);
    ++depth_;
    directory_index *= 2;
  }
  // The old page becomes the lower half in place; the keys whose next bit is 1 move to a new page.
  const Page before = old;
  auto upper = std::make_unique<Page>();
  old = Page{};
  old.depth = upper->depth = before.depth + 1;
  for (const Key stored : before.slots) {
    if (stored == 0) continue;
    const uint64_t h = hash(stored - 1);
    place(((h >> (63 - before.depth)) & 1) != 0 ? *upper : old, stored - 1, h);
  }
  // The directory entries that name the page are one aligned run; its second half is now the new page's.
  const size_t run = size_t{1} << (depth_ - before.depth);
  const size_t first = directory_index & ~(run - 1);
  for (size_t i = run / 2; i < run; ++i) directory_[first + i] = upper.get();
  pages_.push_back(std::move(upper));
}

template <class Key>
size_t IndexSet<Key>::memory_bytes() const {
  return pages_.size() * sizeof(Page) + directory_.capacity() * sizeof(Page*);
}

template class IndexSet<uint64_t>;
template class IndexSet<base::u128>;

}  // namespace portolan::scan
