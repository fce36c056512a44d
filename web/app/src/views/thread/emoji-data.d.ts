/** Where the names of emoji are: set by the build. */
declare const EMOJI_DATA: string
