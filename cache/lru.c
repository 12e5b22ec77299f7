#include "cache/shard.h"

/* Links an entry between two neighbours of its segment's list; 0 is beyond an end. */
static void link_between(struct shard *shard, uint32_t offset, uint32_t newer, uint32_t older)
{
    struct entry *entry = shard_entry(shard, offset);
    struct shard_list *list = &shard->lists[entry->segment];
    entry->newer = newer;
    entry->older = older;
    *(newer ? &shard_entry(shard, newer)->older : &list->newest) = offset;
    *(older ? &shard_entry(shard, older)->newer : &list->oldest) = offset;
    list->entries++;
    list->granules += entry_granules(entry);
}

void lru_insert(struct shard *shard, uint32_t offset)
{
    link_between(shard, offset, 0, shard->lists[shard_entry(shard, offset)->segment].newest);
}

void lru_insert_at_place(struct shard *shard, uint32_t offset)
{
    uint32_t older = shard->place;
    struct shard_list *list = &shard->lists[shard_entry(shard, offset)->segment];
    link_between(shard, offset, older ? shard_entry(shard, older)->newer : list->oldest, older);
}

void lru_remove(struct shard *shard, uint32_t offset)
{
    struct entry *entry = shard_entry(shard, offset);
    struct shard_list *list = &shard->lists[entry->segment];
    if (shard->place == offset)
        shard->place = entry->older;
    *(entry->newer ? &shard_entry(shard, entry->newer)->older : &list->newest) = entry->older;
    *(entry->older ? &shard_entry(shard, entry->older)->newer : &list->oldest) = entry->newer;
    list->entries--;
    list->granules -= entry_granules(entry);
}

void lru_moved(struct shard *shard, uint32_t from, uint32_t to)
{
    struct entry *entry = shard_entry(shard, to);
    struct shard_list *list = &shard->lists[entry->segment];
    if (shard->place == from)
        shard->place = to;
    *(entry->newer ? &shard_entry(shard, entry->newer)->older : &list->newest) = to;
    *(entry->older ? &shard_entry(shard, entry->older)->newer : &list->oldest) = to;
}

void lru_hit(struct shard *shard, uint32_t offset)
{
    struct entry *entry = shard_entry(shard, offset);
    if (entry->hits < UINT8_MAX)
        entry->hits++;
    bool promoted = entry->segment == SHARD_PROBATION && entry->hits >= CACHE_PROMOTING_HITS;
    if (!promoted && !entry->newer)
        return;
    lru_remove(shard, offset);
    if (promoted)
        entry->segment = SHARD_PROTECTED;
    lru_insert(shard, offset);
}
