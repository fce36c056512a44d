/** What a file is, by its bytes. */

/** Types that are pictures here. Any other file is passed on as it is, to be saved. */
export const pictureTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const
export type PictureType = (typeof pictureTypes)[number]

export const isPicture = (type: string): type is PictureType => pictureTypes.some((one) => one === type)

/** What a browser may show or play; anything else is saved. */
export const isShown = (type: string): boolean => /^(?:image|audio|video)\//.test(type)
