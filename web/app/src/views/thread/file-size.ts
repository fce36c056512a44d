const units = ['byte', 'kilobyte', 'megabyte'] as const

/** As people write it: `1.2 MB`. */
export function sizeText(bytes: number, locale: string): string {
  const power = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : 2
  const options = {
    style: 'unit',
    unit: units[power],
    unitDisplay: 'short',
    maximumFractionDigits: power === 2 ? 1 : 0,
  } as const
  return new Intl.NumberFormat(locale, options).format(bytes / 1_000 ** power)
}
